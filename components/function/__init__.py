"""The durable function: its arguments, its resources, and the methods that make grants and triggers for it."""
