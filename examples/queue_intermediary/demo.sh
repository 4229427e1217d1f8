# Version 1 of the AWS CLI looks for queues at AWS whatever AWS_ENDPOINT_URL says, so it is told here.
message=$(aws sqs send-message --endpoint-url "$AWS_ENDPOINT_URL" --queue-url "$(pulumi stack output uploads)" \
    --message-body '{"video": "holiday.mov"}' --query MessageId --output text)
# The execution has the message's id as its name.
until durable history "$message" --follow 2>/dev/null; do sleep 1; done
durable show "$message"
