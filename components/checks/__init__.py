"""Checks before anything is made: rules for arguments, ARNs and runtimes, and the errors that report problems."""
