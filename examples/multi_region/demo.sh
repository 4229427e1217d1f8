durable invoke greeter-us-east-1 '{"name": "Ada"}' --wait
durable doctor
