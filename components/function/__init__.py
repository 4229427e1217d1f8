"""The durable function: its arguments, what it is made of, and what it can be given and started by."""
