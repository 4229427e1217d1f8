"""Grants on a function: who may invoke it, complete its callbacks, and read or stop its executions; and on a secret.

A grant is a resource of its own, made after both the function and the grantee. So two functions may invoke each other,
and a function may invoke itself, without a cycle.
"""
