"""What every program with AWS Lambda durable functions has to keep to, whatever it is made of.

A policy is data and a function over plain values, and imports nothing of Pulumi; `serving` alone knows the policy SDK.
"""
