"""Policies for every program with AWS Lambda durable functions, whether it uses these components or not.

A policy is data and a function over plain values, and imports nothing from Pulumi; only `serving` uses the policy SDK.
"""
