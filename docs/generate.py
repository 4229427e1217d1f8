"""Write the files that are generated from the code: `python docs/generate.py`; `--check` only compares them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "policies"), str(PROJECT / "local")]

from docs import local_pages, reference_pages, settings_pages, table_pages  # noqa: E402 - the project is not installed
from docs.schema import schema, version  # noqa: E402
from durable_policies import policies  # noqa: E402


def policy_pack() -> str:
    """Return policies/PulumiPolicy.yaml, with the project's version."""
    text = (PROJECT / "policies" / "PulumiPolicy.yaml").read_text()
    return re.sub(r"^version: .*$", f"version: {version()}", text, flags=re.MULTILINE)


def differential() -> str:
    """Return docs/differential.md, which the local cloud's own environment writes."""
    local = PROJECT / "local"
    path = ":".join([".", "..", "tests", "tests/e2e"])
    command = [str(local / ".venv/bin/python"), "-m", "differential", "--page"]
    done = subprocess.run(  # noqa: S603 (a program of this project)
        command, cwd=local, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


PAGES: dict[str, Callable[[], str]] = {
    "Pulumi.yaml": settings_pages.pulumi_yaml,
    "components/schema.json": schema,
    "docs/differential.md": differential,
    "docs/errors.md": table_pages.errors,
    "docs/local-types.md": local_pages.types,
    "docs/permissions.md": table_pages.permissions,
    "docs/policies.md": policies.page,
    "docs/settings.md": settings_pages.page,
    "policies/PulumiPolicy.yaml": policy_pack,
    **{f"policies/{stage}.json": partial(policies.configuration, stage) for stage in policies.STAGES},
    **reference_pages.PAGES,
}


def main() -> int:
    """Write or check the pages; the exit code is 1 if a page is out of date."""
    stale = []
    for name, page in PAGES.items():
        path, text = PROJECT / name, page()
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
    if stale and "--check" in sys.argv:
        sys.stderr.write(f"error: out of date: {', '.join(stale)}; run: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
