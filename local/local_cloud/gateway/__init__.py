"""The gateway: AWS's rules for durable functions and the durable runner, in front of the control plane."""
