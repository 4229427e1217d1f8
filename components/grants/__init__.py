"""Grants on a function (invoke it, complete its callbacks, access its executions), and on what a handler uses.

A grant is a resource of its own, made after both the function and the grantee. So two functions may invoke each other,
and a function may invoke itself, without a cycle.
"""
