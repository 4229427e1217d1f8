"""Generates docs/local-types.md from the table of the local cloud's provider."""

from collections import defaultdict

from aws_provider.invokes import FUNCTIONS  # type: ignore[import-not-found]  # generate.py sets its path
from aws_provider.types import TABLE  # type: ignore[import-not-found]  # as above


def types() -> str:
    """Return docs/local-types.md."""
    lines = [
        "# What the local cloud deploys",
        "",
        f"The AWS provider of the local stack serves these {len(TABLE)} resource types of pulumi-aws 7, each with create, read,",
        "update in place or by a replacement, delete, import, and tags if AWS has them. The preview refuses any other type by its",
        'name: leave it out in the local cloud (`if pulumi.get_stack() != "local":`).',
        "",
        "A type that is served is deployed to the [control plane](local-cloud.md), which answers its API. That does not mean",
        "that the service behind it runs: a VPC has no network, and a user pool sends no mail.",
        "",
        "| module | resource types |",
        "| --- | --- |",
        *_rows(TABLE),
        "",
        "## Functions",
        "",
        "| module | functions |",
        "| --- | --- |",
        *_rows(FUNCTIONS),
    ]
    return "\n".join(lines) + "\n"


def _rows(tokens: dict[str, object]) -> list[str]:
    modules: defaultdict[str, list[str]] = defaultdict(list)
    for token in tokens:
        module, _, name = token.removeprefix("aws:").partition(":")
        modules[module.partition("/")[0]].append(name)
    return [
        f"| `{module}` | {', '.join(f'`{name}`' for name in sorted(names))} |"
        for module, names in sorted(modules.items())
    ]
