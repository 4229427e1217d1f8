"""The stacks: one file for each, and the settings that every file is checked against."""

from stacks.settings import FunctionDefaults, Settings

__all__ = ["FunctionDefaults", "Settings"]
