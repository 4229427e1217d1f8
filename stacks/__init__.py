"""The stacks: one file for each, and the settings that all files are checked against."""

from stacks.settings import Settings

__all__ = ["Settings"]
