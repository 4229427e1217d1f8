/**
 * Runs a Node.js handler on recorded operations; started by cli.replay, in the folder of the handler's code.
 *
 * It takes the place of Lambda: no checkpoint is written and no step is run, so neither ever returns. The report goes to
 * the real standard output, and what the handler prints to standard error. The SDK loads this file a second time, as
 * its plugin.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const REST_MS = 1_000;
const SELF = fileURLToPath(import.meta.url);
const never = () => new Promise(() => {});

const replay = (globalThis.durableReplay ??= { seen: [], watching: false, plugged: false, halted: 0, last: Date.now() });

/** Halts forever: nothing beyond this point was recorded. */
function halt() {
  replay.halted += 1;
  replay.last = Date.now();
  return never();
}

class Plugin {
  wrapInvocation(_info, invoke) {
    replay.watching = true;
    return Promise.resolve(invoke()).finally(() => (replay.watching = false));
  }
  wrapOperationAttemptFn() {
    return halt();
  }
}

export const durableExecutionPluginProvider = {
  pluginApiVersion: 1,
  pluginType: Plugin,
  createPlugin() {
    replay.plugged = true;
    return new Plugin();
  },
};

/** To the SDK, this is an input that has its own client. */
class DurableExecutionInvocationInputWithClient {
  constructor(event) {
    Object.assign(this, event);
    this.durableExecutionClient = { checkpoint: halt, getExecutionState: halt };
  }
  get [Symbol.toStringTag]() {
    return "DurableExecutionInvocationInputWithClient";
  }
}

/** Recorded operations, which the SDK maps to its own once. */
class Recorded extends Array {
  map(convert) {
    replay.taken = true;
    return Array.from(this, (operation) => watched(convert(operation)));
  }
}

/**
 * An operation that notes when the SDK compares it with the one that the handler has reached: only that comparison
 * reads its type twice in a row, first whether it has one and then which.
 */
function watched(operation) {
  let before;
  return new Proxy(operation, {
    get(target, key) {
      if (replay.watching && key === "Type" && before === "Type") {
        replay.last = Date.now();
        replay.seen.push(target.Id);
      }
      before = key;
      return target[key];
    },
  });
}

/** Keeps the input's payload from an SDK without plugins, which would run the steps. */
function guarded(execution) {
  const details = execution.ExecutionDetails;
  return {
    ...execution,
    ExecutionDetails: {
      get InputPayload() {
        if (!replay.plugged) throw new Error(TOO_OLD);
        return details.InputPayload;
      },
    },
  };
}

const TOO_OLD = "the code's SDK cannot be watched; a replay needs @aws/durable-execution-sdk-js 2.4";

async function handlerOf(reference) {
  const at = reference.lastIndexOf(".");
  const [module, name] = [reference.slice(0, at), reference.slice(at + 1)];
  const file = [".mjs", ".js", ".cjs"].map((suffix) => resolve(module + suffix)).find((path) => existsSync(path));
  if (!file) throw new Error(`no ${module}.mjs, .js or .cjs`);
  const exported = await import(pathToFileURL(file).href);
  return exported[name] ?? exported.default?.[name];
}

function differing({ ErrorType, ErrorMessage }) {
  if (ErrorType !== "NonDeterministicExecutionError" && !/Non-deterministic/.test(ErrorMessage ?? "")) return null;
  const mismatch = /Operation (type|name|subtype) mismatch for step "(.*?)".*but got "(.*?)"/s;
  const [, what, position, now] = mismatch.exec(ErrorMessage) ?? [];
  // The recorded id is the beginning of its position's hash.
  const hash = createHash("md5").update(position ?? "").digest("hex");
  const id = replay.seen.find((seen) => hash.startsWith(seen));
  if (!id) return null;
  const named = now === "undefined" ? "without a name" : `'${now}'`;
  return { id, now: what === "name" ? named : `a ${now.toLowerCase()}` };
}

function report(result) {
  const { seen } = replay;
  if (!result || result.Status === "PENDING") return { seen, outcome: "SUSPENDED" };
  const error = result.Error ?? {};
  if (error.ErrorMessage === TOO_OLD || !replay.taken) return { seen: [], unknown: TOO_OLD };
  const differs = result.Status === "FAILED" ? differing(error) : null;
  return { seen, differs, outcome: result.Status, error: `${error.ErrorType}: ${error.ErrorMessage}` };
}

function leave(result) {
  writeSync(1, JSON.stringify(result));
  process.exit(0);
}

async function main() {
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const { handler, event } = JSON.parse(readFileSync(0, "utf8"));
  process.env.DURABLE_EXECUTION_PLUGINS = pathToFileURL(SELF).href;
  let run;
  try {
    run = await handlerOf(handler);
    if (typeof run !== "function") throw new Error(`no function ${handler}`);
  } catch (error) {
    leave({ seen: [], unknown: `the code cannot be imported here: ${error.name}: ${error.message}` });
  }
  const [execution, ...operations] = event.InitialExecutionState.Operations;
  event.InitialExecutionState.Operations = Recorded.of(guarded(execution), ...operations);
  const context = { awsRequestId: "replay", functionName: "replay", getRemainingTimeInMillis: () => 900_000 };
  setInterval(() => {
    if (replay.halted && Date.now() - replay.last > REST_MS) leave(report());
  }, 50);
  try {
    leave(report(await run(new DurableExecutionInvocationInputWithClient(event), context)));
  } catch (error) {
    leave(report({ Status: "FAILED", Error: { ErrorType: error.name, ErrorMessage: error.message } }));
  }
}

// Not awaited: the SDK imports this module while it runs.
if (process.argv[1] === SELF) void main();
