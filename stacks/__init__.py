"""The stacks: one file for each, and the settings that every file is checked against."""

from stacks.settings import Settings

__all__ = ["Settings"]
