// What `pulumi package add` generates from the schema, cut down to what the program uses.
import * as pulumi from "@pulumi/pulumi";

export interface DurableFunctionArgs {
    executionTimeoutSeconds: number;
    retentionDays?: number;
    runtime?: string;
    handler?: string;
    codePath?: string;
    environment?: { [name: string]: pulumi.Input<string> };
}

export class DurableFunction extends pulumi.ComponentResource {
    public readonly aliasArn!: pulumi.Output<string>;
    public readonly functionArn!: pulumi.Output<string>;
    public readonly functionName!: pulumi.Output<string>;
    public readonly version!: pulumi.Output<string>;

    constructor(name: string, args: DurableFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
        const outputs = { aliasArn: undefined, functionArn: undefined, functionName: undefined, version: undefined };
        super("durable-functions:index:DurableFunction", name, { ...args, ...outputs }, opts, true);
    }
}

export class DurableExecutionRole extends pulumi.ComponentResource {
    public readonly roleArn!: pulumi.Output<string>;
    public readonly roleName!: pulumi.Output<string>;

    constructor(name: string, args: {}, opts?: pulumi.ComponentResourceOptions) {
        const outputs = { roleArn: undefined, roleName: undefined };
        super("durable-functions:index:DurableExecutionRole", name, { ...args, ...outputs }, opts, true);
    }
}

export interface InvokeGrantArgs {
    qualifiedArn: pulumi.Input<string>;
    roleArn?: pulumi.Input<string>;
}

export class InvokeGrant extends pulumi.ComponentResource {
    constructor(name: string, args: InvokeGrantArgs, opts?: pulumi.ComponentResourceOptions) {
        super("durable-functions:index:InvokeGrant", name, args, opts, true);
    }
}

export interface CallbackGrantArgs {
    functionArn: pulumi.Input<string>;
    roleArn?: pulumi.Input<string>;
}

export class CallbackGrant extends pulumi.ComponentResource {
    constructor(name: string, args: CallbackGrantArgs, opts?: pulumi.ComponentResourceOptions) {
        super("durable-functions:index:CallbackGrant", name, args, opts, true);
    }
}
