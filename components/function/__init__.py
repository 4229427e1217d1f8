"""Durable and standard functions: their arguments, their resources, and the methods that make grants and triggers."""
