"""The components for programs in other languages: a plugin that the Pulumi engine starts."""

from .process import main

__all__ = ["main"]
