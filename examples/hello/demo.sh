durable invoke hello '{"name": "Ada"}' --wait
