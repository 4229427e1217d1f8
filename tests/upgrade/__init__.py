"""The last release, from which people upgrade: it lies here, since a clone may have neither tags nor an index.

`make release` replaces the wheel, and Pulumi.yaml, which declares the keys of stack files.
"""

from pathlib import Path

FOLDER = Path(__file__).parent


def released() -> Path:
    """Return the wheel of the last release."""
    (wheel,) = FOLDER.glob("*.whl")
    return wheel
