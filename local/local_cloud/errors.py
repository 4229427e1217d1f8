"""Errors for the users of the command."""


class CloudError(Exception):
    """What is wrong, and how to fix it."""
