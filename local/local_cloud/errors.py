"""What the local cloud's command line tells its user."""


class CloudError(Exception):
    """What went wrong, and what to do about it."""
