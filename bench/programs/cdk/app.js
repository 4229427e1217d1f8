// The durable functions of the other programs, as many as BENCH_FUNCTIONS says.
const { App, Duration, Stack, aws_cloudwatch: cloudwatch, aws_iam: iam, aws_lambda: lambda, aws_logs: logs } =
  require("aws-cdk-lib");

const alarms = [
  ["errors", (count) => count("Errors"), 5, 1],
  ["throttles", (count) => count("Throttles"), 0, 3],
  [
    "failed",
    (count) =>
      new cloudwatch.MathExpression({
        expression: "FILL(first, 0) + FILL(second, 0)",
        usingMetrics: { first: count("DurableExecutionFailed"), second: count("DurableExecutionTimedOut") },
      }),
    0,
    1,
  ],
];

const stack = new Stack(new App(), "bench");
for (let number = 0; number < Number(process.env.BENCH_FUNCTIONS); number++) {
  const name = `function-${number}`;
  const logGroup = new logs.LogGroup(stack, `${name}-logs`, { retention: logs.RetentionDays.ONE_DAY });
  const role = new iam.Role(stack, `${name}-role`, { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") });
  const made = new lambda.Function(stack, name, {
    role,
    logGroup,
    runtime: lambda.Runtime.PYTHON_3_13,
    handler: "app.handler",
    code: lambda.Code.fromAsset("handler"),
    architecture: lambda.Architecture.ARM_64,
    memorySize: 512,
    timeout: Duration.minutes(15),
    durableConfig: { executionTimeout: Duration.minutes(15), retentionPeriod: Duration.days(1) },
    loggingFormat: lambda.LoggingFormat.JSON,
  });
  const count = (metricName) =>
    new cloudwatch.Metric({
      namespace: "AWS/Lambda",
      metricName,
      statistic: "Sum",
      dimensionsMap: { FunctionName: made.functionName },
    });
  for (const [suffix, metric, threshold, evaluationPeriods] of alarms) {
    new cloudwatch.Alarm(stack, `${name}-${suffix}`, {
      metric: metric(count),
      threshold,
      evaluationPeriods,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
  new lambda.Alias(stack, `${name}-alias`, { aliasName: "live", version: made.currentVersion });
}
