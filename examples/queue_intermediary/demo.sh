# For queues, version 1 of the AWS CLI ignores AWS_ENDPOINT_URL, so pass it.
message=$(aws sqs send-message --endpoint-url "$AWS_ENDPOINT_URL" --queue-url "$(pulumi stack output uploads)" \
    --message-body '{"video": "holiday.mov"}' --query MessageId --output text)
# The execution is named after the message's id.
until durable history "$message" --follow 2>/dev/null; do sleep 1; done
durable show "$message"
