"""Elastic Container Registry: repositories and their policies."""

from aws_provider.model import ALWAYS, Kind, Props, ResourceType, Tagging, block, call, output, prop, unmapped
from aws_provider.services import Handle
from aws_provider.wire import receive, send

_NAMED = {"repositoryName": "name"}
_ENCRYPTION = block(
    "encryptionConfigurations",
    prop("encryptionType", aws="encryptionType", default="AES256"),
    prop("kmsKey", aws="kmsKey", sticky=True),
    aws="",
    kind=Kind.BLOCKS,
    kept=False,
    replace=ALWAYS,
    sticky=True,
)


def _encryption(known: Props) -> Props | None:
    # The program has a list of at most one, the service an object.
    return next(iter(send(_ENCRYPTION, known.get("encryptionConfigurations") or [])), None)


def _encrypted(_: Handle, known: Props) -> Props:
    return {"encryptionConfigurations": receive(_ENCRYPTION, [known["encryptionConfiguration"]])}


_MUTABILITY = (
    prop("imageTagMutability", aws="imageTagMutability", default="MUTABLE"),
    # The emulator does not report it.
    block(
        "imageTagMutabilityExclusionFilters",
        prop("filter", aws="filter", required=True),
        prop("filterType", aws="filterType", required=True),
        kind=Kind.BLOCKS,
        aws="imageTagMutabilityExclusionFilters",
        kept=True,
    ),
)

REPOSITORY = ResourceType(
    "aws:ecr/repository:Repository",
    noun="container repository",
    service="ecr",
    name="name",
    name_lower=True,
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[a-z0-9._/-]+)",
    props=(
        prop("name", aws="repositoryName", replace=ALWAYS),
        _ENCRYPTION,
        unmapped("forceDelete", Kind.FLAG),
        block(
            "imageScanningConfiguration",
            prop("scanOnPush", Kind.FLAG, aws="scanOnPush", required=True),
            aws="imageScanningConfiguration",
            default={"scanOnPush": False},
            reset={"scanOnPush": False},
        ),
        *_MUTABILITY,
        output("arn", aws="repositoryArn"),
        output("registryId", aws="registryId"),
        output("repositoryUrl", aws="repositoryUri"),
    ),
    create=call("create_repository", {"encryptionConfiguration": _encryption}),
    read=(
        call(
            "describe_repositories",
            {"repositoryNames": lambda known: [known["name"]]},
            at=("repositories",),
            match=_NAMED,
        ),
    ),
    update=(
        call("put_image_scanning_configuration", _NAMED, sends=("imageScanningConfiguration",)),
        call("put_image_tag_mutability", _NAMED, sends=_MUTABILITY),
    ),
    complete=_encrypted,
    delete=call("delete_repository", {**_NAMED, "force": "forceDelete"}),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"resourceArn": "arn"},
        tags="tags",
        keys="tagKeys",
        read=call("list_tags_for_resource", at=("tags",)),
    ),
)

_OF_REPOSITORY = {"repositoryName": "repository"}


def _policy(name: str, noun: str, text: str, write: str, change: bool) -> ResourceType:
    """Return the row of one of a repository's two policies."""
    kind = noun.replace(" ", "_")
    write_policy = call(f"{write}_{kind}", _OF_REPOSITORY, sends=("policy",))
    return ResourceType(
        f"aws:ecr/{name}:{name[0].upper()}{name[1:]}",
        noun=f"{noun} of a container repository",
        service="ecr",
        keys=("repository",),
        id="{repository}",
        imports=r"(?P<repository>[a-z0-9._/-]+)",
        props=(
            unmapped("repository", required=True, replace=ALWAYS),
            prop("policy", Kind.DOCUMENT, aws=text, required=True, **({} if change else {"replace": ALWAYS})),
            output("registryId", aws="registryId"),
        ),
        create=write_policy,
        read=(call(f"get_{kind}", _OF_REPOSITORY),),
        update=(write_policy,) if change else (),
        delete=call(f"delete_{kind}", _OF_REPOSITORY),
    )


ROWS = (
    REPOSITORY,
    _policy("repositoryPolicy", "repository policy", "policyText", "set", change=True),
    _policy("lifecyclePolicy", "lifecycle policy", "lifecyclePolicyText", "put", change=False),
)
