"""The embedded cloud: durable functions on one machine, without an AWS account."""
