"""Lets `pulumi up` take over what stands: each resource that adopted.json lists is imported, not made.

What the program would change of it is kept as it is: the properties under "keep", each with the reason, and the
archive, whose bytes decide whether Lambda publishes a version, as long as it holds the files that the program deploys.

After the first `pulumi up` nothing is imported any more. Remove this file, adopted.json, and the lines that name it in
__main__.py when what is kept may change: the next `pulumi preview` shows how.
"""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pulumi

FOLDER = Path(__file__).parent


def register() -> None:
    """Import what the program makes from here on, as far as it is listed."""
    imports: dict[str, dict[str, Any]] = json.loads((FOLDER / "adopted.json").read_text())

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        entry = imports.get(f"{args.type_} {args.name}")
        if entry is None:
            return None
        props: dict[str, Any] = dict(args.props)
        if "archive" in entry:
            deployed = FOLDER / entry["archive"]
            if _files(deployed) == _files(Path(props["code"].path)):
                props["code"] = pulumi.FileArchive(str(deployed))
        options = pulumi.ResourceOptions(import_=entry["id"], ignore_changes=list(entry.get("keep", {})))
        return pulumi.ResourceTransformationResult(props, pulumi.ResourceOptions.merge(args.opts, options))

    pulumi.runtime.register_stack_transformation(transform)


def _files(archive: Path) -> dict[str, str]:
    with zipfile.ZipFile(archive) as opened:
        return {
            member.filename: hashlib.sha256(opened.read(member)).hexdigest()
            for member in opened.infolist()
            if not member.is_dir()
        }
