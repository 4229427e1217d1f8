"""Grants on a function: who may invoke it, complete its callbacks, and see or stop its executions.

A grant is a resource of its own, made after both of its ends: so two functions may invoke each other, and a
function itself, without a cycle.
"""
