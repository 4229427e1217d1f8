durable invoke onboarding '{"user": "ada"}' --wait
durable invoke onboarding '{"user": "busy"}' --wait
