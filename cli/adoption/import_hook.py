"""Makes `pulumi up` take over existing resources: those that adopted.json lists are imported, not created.

What the program would change is kept as it is: the properties under "keep", each with the reason, and the archive, as
long as it contains the files that the program deploys. Its bytes decide whether Lambda publishes a version.

After the first `pulumi up` nothing is imported any more. When the program may change what is kept, remove this file,
adopted.json, and the lines in __main__.py that name it: the next `pulumi preview` shows the changes.
"""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pulumi

FOLDER = Path(__file__).parent


def register() -> None:
    """Import the listed resources among those that the program makes from here on."""
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
