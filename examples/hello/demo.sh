durable invoke hello '{"name": "Ada"}' --wait
durable logs --last
