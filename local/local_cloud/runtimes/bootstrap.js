// A process that runs a Node.js handler, as Lambda's runtime does. It follows what the control plane's own script for
// Node.js begins with (stand-ins for the AWS SDK), and takes the same arguments as bootstrap.py.
//
// AWS's runtime interface client for Node.js is native code that has to be compiled, so its behaviour is repeated here:
// https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
const net = require("net");
const util = require("util");
const { pathToFileURL } = require("url");

const [root, descriptor, handlerName] = process.argv.slice(2);
const channel = new net.Socket({ fd: Number(descriptor), readable: true, writable: true });
const logDescriptor = Number(process.env._LAMBDA_TELEMETRY_LOG_FD);
delete process.env._LAMBDA_TELEMETRY_LOG_FD;
const writesJson = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
let requestId;

// --- The log: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

function writeAll(bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += _realWriteSync(logDescriptor, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

// The frame that the runtimes send to the platform: type with format and level, length, microseconds, message.
function writeFrame(level, now, text) {
  const message = Buffer.from(text, "utf8");
  const head = Buffer.alloc(16);
  head.writeUInt32BE((0xa55a0000 | (writesJson ? 2 : 3) | ((LEVELS.indexOf(level) + 1) << 2)) >>> 0, 0);
  head.writeUInt32BE(message.length, 4);
  head.writeBigUInt64BE(BigInt(now.valueOf()) * 1000n, 8);
  writeAll(Buffer.concat([head, message]));
}

function described(error) {
  return {
    errorType: error?.constructor?.name ?? "UnknownError",
    errorMessage: error.message,
    stackTrace: typeof error.stack === "string" ? error.stack.split("\n") : [],
  };
}

function jsonLine(level, now, parameters) {
  const line = { timestamp: now.toISOString(), level, requestId };
  if (parameters.length === 1) {
    const withErrors = (_, value) => (value instanceof Error ? { ...described(value), ...value } : value);
    try {
      return JSON.stringify({ ...line, message: parameters[0] }, withErrors);
    } catch {
      return JSON.stringify({ ...line, message: util.format(parameters[0]) });
    }
  }
  const error = parameters.find((each) => each instanceof Error);
  return JSON.stringify({ ...line, message: util.format(...parameters), ...(error && described(error)) });
}

function logger(level) {
  if (LEVELS.indexOf(level) < LEVELS.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL || "TRACE").toUpperCase())) {
    return () => {};
  }
  return (...parameters) => {
    const now = new Date();
    const text = writesJson
      ? jsonLine(level, now, parameters)
      : `${now.toISOString()}\t${requestId}\t${level}\t${util.format(...parameters)}`;
    writeFrame(level, now, text);
  };
}

for (const level of LEVELS) console[level.toLowerCase()] = logger(level);
console.log = console.info;

function logError(what, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(thrown);
  if (writesJson) {
    console.error(error);
  } else {
    const { name: errorType, message: errorMessage, code, stack } = error;
    const fields = { errorType, errorMessage, code, ...error, stack: String(stack).split("\n") };
    console.error(what, "\t" + JSON.stringify(fields));
  }
}

// --- Errors, as callers get them

function runtimeError(name) {
  const type = { [name]: class extends Error {} }[name];
  type.prototype.name = `Runtime.${name}`;
  return type;
}

const HandlerNotFound = runtimeError("HandlerNotFound");
const ImportModuleError = runtimeError("ImportModuleError");
const MalformedHandlerName = runtimeError("MalformedHandlerName");
const MarshalError = runtimeError("MarshalError");
const UnhandledPromiseRejection = runtimeError("UnhandledPromiseRejection");
const UserCodeSyntaxError = runtimeError("UserCodeSyntaxError");

function asResponse(error) {
  if (util.types.isNativeError(error) || (error && error.name && error.message && error.stack)) {
    return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

// --- The channel: a line of JSON with the length of what follows it

function send(kind, body = "", then) {
  const content = Buffer.from(body, "utf8");
  const head = JSON.stringify({ kind, length: content.length, ends: then !== undefined });
  channel.write(Buffer.concat([Buffer.from(head + "\n"), content]), then);
}

const fail = (error, then) => send("error", JSON.stringify(asResponse(error)), then);

process.on("uncaughtException", (error) => {
  logError("Uncaught Exception", error);
  fail(error, () => process.exit(129));
});
process.on("unhandledRejection", (reason) => {
  const error = Object.assign(new UnhandledPromiseRejection(reason), { reason });
  logError("Unhandled Promise Rejection", error);
  fail(error, () => process.exit(128));
});

// --- The handler

// Files in the order in which the runtime looks for them; it reads TypeScript from Node.js 24 on.
const EXTENSIONS = ["", ".js", ".mjs", ".cjs"].concat(
  Number(process.versions.node.split(".")[0]) >= 24 ? [".ts", ".mts", ".cts"] : [],
);

async function load(file) {
  try {
    return require(file);
  } catch (error) {
    if (!["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"].includes(error.code)) throw error;
    return import(pathToFileURL(file).href);
  }
}

async function findHandler() {
  const found = /^(.*\/)?([^./]*)\.([^/]*)$/.exec(handlerName);
  if (!found || handlerName.includes("..")) throw new MalformedHandlerName("Bad handler");
  const [, folder = "", module, properties] = found;
  const file = path.resolve(root, "code", folder, module);
  const existing = EXTENSIONS.map((extension) => file + extension).find((each) =>
    fs.statSync(each, { throwIfNoEntry: false })?.isFile(),
  );
  let exported;
  try {
    exported = await load(existing ?? require.resolve(module, { paths: [path.resolve(root, "code", folder)] }));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(String(error));
    if (error?.code === "MODULE_NOT_FOUND") throw new ImportModuleError(String(error));
    throw error;
  }
  const handler = properties.split(".").reduce((value, key) => value && value[key], exported);
  if (!handler) throw new HandlerNotFound(`${handlerName} is undefined or not exported`);
  if (typeof handler !== "function") throw new HandlerNotFound(`${handlerName} is not a function`);
  return handler;
}

function invoke(handler, request, body) {
  requestId = request.request_id;
  if (request.trace_id) process.env._X_AMZN_TRACE_ID = request.trace_id;
  else delete process.env._X_AMZN_TRACE_ID;
  // The stand-ins for the SDK read the depth of invocations there.
  if (request.depth !== null) process.env._MINISTACK_INVOKE_DEPTH = String(request.depth);
  else delete process.env._MINISTACK_INVOKE_DEPTH;

  let open = true;
  const settle = (error, result) => {
    if (!open) return;
    open = false;
    if (error !== undefined && error !== null) {
      logError("Invoke Error", error);
      fail(error);
      return;
    }
    try {
      send("result", JSON.stringify(result === undefined ? null : result));
    } catch {
      fail(new MarshalError("Unable to stringify response body"));
    }
  };
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: request.function_arn,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => request.deadline - Date.now(),
    succeed: (result) => settle(null, result),
    fail: (error) => settle(error ?? new Error("fail")),
    done: settle,
  };
  try {
    const result = handler(JSON.parse(body), context, settle);
    if (typeof result?.then === "function") {
      result.then(context.succeed, (error) => settle(error ?? new Error(String(error))));
    }
    // Without a callback among its parameters, a handler has no other way to answer.
    else if (handler.length < 3 && result !== undefined) settle(null, result);
  } catch (error) {
    settle(error);
  }
}

let received = Buffer.alloc(0);

function take(handler) {
  for (;;) {
    const end = received.indexOf(10);
    if (end < 0) return;
    const request = JSON.parse(received.subarray(0, end));
    if (received.length < end + 1 + request.length) return;
    const body = received.subarray(end + 1, end + 1 + request.length).toString("utf8");
    received = received.subarray(end + 1 + request.length);
    invoke(handler, request, body);
  }
}

patchAwsSdk();
channel.on("end", () => process.exit(0));
findHandler().then(
  (handler) => {
    channel.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      take(handler);
    });
    send("ready");
  },
  (error) => {
    logError("Uncaught Exception", error);
    fail(error, () => process.exit(1));
  },
);
