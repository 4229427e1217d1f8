durable invoke daily '{"day": 3}' --wait
durable invoke weekly '{"week": 1}' --wait
durable doctor
