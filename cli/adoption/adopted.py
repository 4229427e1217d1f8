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
    listed: dict[str, dict[str, Any]] = json.loads((FOLDER / "adopted.json").read_text())

    def take(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        found = listed.get(f"{args.type_} {args.name}")
        if found is None:
            return None
        props: dict[str, Any] = dict(args.props)
        if "archive" in found:
            deployed = FOLDER / found["archive"]
            if _files(deployed) == _files(Path(props["code"].path)):
                props["code"] = pulumi.FileArchive(str(deployed))
        adopting = pulumi.ResourceOptions(import_=found["id"], ignore_changes=list(found.get("keep", {})))
        return pulumi.ResourceTransformationResult(props, pulumi.ResourceOptions.merge(args.opts, adopting))

    pulumi.runtime.register_stack_transformation(take)


def _files(archive: Path) -> dict[str, str]:
    with zipfile.ZipFile(archive) as opened:
        return {
            each.filename: hashlib.sha256(opened.read(each)).hexdigest()
            for each in opened.infolist()
            if not each.is_dir()
        }
