import * as pulumi from "@pulumi/pulumi";
import { CallbackGrant, DurableExecutionRole, DurableFunction, InvokeGrant } from "./durableFunctions";

const config = new pulumi.Config();
const caller = new DurableExecutionRole("caller", {});
const orders = new DurableFunction("orders", {
    executionTimeoutSeconds: config.requireNumber("executionTimeoutSeconds"),
    runtime: "python3.13",
    handler: "workflow.handler",
    codePath: "orders",
    environment: { CURRENCY: "EUR", API_KEY: config.requireSecret("apiKey"), CALLER: caller.roleName },
});
const invoked = config.getBoolean("bareArn") ? orders.functionArn : orders.aliasArn;
new InvokeGrant("caller-invokes", { qualifiedArn: invoked, roleArn: caller.roleArn });
new CallbackGrant("caller-answers", { functionArn: orders.functionArn, roleArn: caller.roleArn });

export const aliasArn = orders.aliasArn;
export const functionArn = orders.functionArn;
export const functionName = orders.functionName;
export const version = orders.version;
export const callerName = caller.roleName;
