"""The commands of `durable`, by what they are for."""
