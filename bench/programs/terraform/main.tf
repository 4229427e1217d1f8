# The resources of the other programs. The provider finds the local cloud by AWS_ENDPOINT_URL.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.25" # the first with durable_config
    }
  }
}

provider "aws" {
  region                      = "us-east-1"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variable "functions" { type = number }
variable "description" { default = "unchanged" }

locals {
  names = { for number in range(var.functions) : "function-${number}" => number }
  alarms = {
    errors    = { metric = "Errors", threshold = 5, periods = 1 }
    throttles = { metric = "Throttles", threshold = 0, periods = 3 }
  }
}

resource "aws_iam_role" "function" {
  for_each    = local.names
  name_prefix = "${each.key}-"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = local.names
  name_prefix       = "/aws/lambda/${each.key}-"
  retention_in_days = 1
}

resource "aws_lambda_function" "function" {
  for_each         = local.names
  function_name    = "terraform-${each.key}"
  description      = each.value == 0 ? var.description : "unchanged"
  role             = aws_iam_role.function[each.key].arn
  runtime          = "python3.13"
  handler          = "app.handler"
  filename         = "handler.zip"
  source_code_hash = filebase64sha256("handler.zip")
  architectures    = ["arm64"]
  memory_size      = 512
  timeout          = 900
  publish          = true
  durable_config {
    execution_timeout = 900
    retention_period  = 1
  }
  ephemeral_storage { size = 512 }
  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.function[each.key].name
    application_log_level = "INFO"
    system_log_level      = "INFO"
  }
}

resource "aws_iam_role_policy" "function" {
  for_each = local.names
  name     = "execution"
  role     = aws_iam_role.function[each.key].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"]
        Resource = "${aws_lambda_function.function[each.key].arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.function[each.key].arn}:*"
      },
    ]
  })
}

resource "aws_cloudwatch_metric_alarm" "function" {
  for_each            = { for pair in setproduct(keys(local.names), keys(local.alarms)) : "${pair[0]}-${pair[1]}" => pair }
  alarm_name          = "terraform-${each.key}"
  namespace           = "AWS/Lambda"
  metric_name         = local.alarms[each.value[1]].metric
  dimensions          = { FunctionName = aws_lambda_function.function[each.value[0]].function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = local.alarms[each.value[1]].periods
  threshold           = local.alarms[each.value[1]].threshold
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each            = local.names
  alarm_name          = "terraform-${each.key}-failed"
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"

  dynamic "metric_query" {
    for_each = { first = "DurableExecutionFailed", second = "DurableExecutionTimedOut" }
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/Lambda"
        metric_name = metric_query.value
        dimensions  = { FunctionName = aws_lambda_function.function[each.key].function_name }
        stat        = "Sum"
        period      = 300
      }
    }
  }

  metric_query {
    id          = "total"
    expression  = "FILL(first, 0) + FILL(second, 0)"
    return_data = true
  }
}

resource "aws_lambda_alias" "function" {
  for_each         = local.names
  name             = "live"
  function_name    = aws_lambda_function.function[each.key].function_name
  function_version = aws_lambda_function.function[each.key].version
  depends_on       = [aws_iam_role_policy.function]
}
