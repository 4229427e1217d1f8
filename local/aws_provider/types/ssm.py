"""Systems Manager: parameters."""

from collections.abc import Iterator
from typing import Any

from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    Tagging,
    call,
    computed,
    output,
    prop,
    unmapped,
)
from aws_provider.services import Handle

_VALUES = ("value", "valueWo", "insecureValue")


def _one_value(inputs: Props) -> Iterator[tuple[str, str]]:
    given = [name for name in _VALUES if inputs.get(name) is not None]
    if len(given) != 1:
        yield (
            "value",
            f"{' and '.join(given) or 'none'} of {', '.join(_VALUES)} is given; exactly one is needed",
        )
    if inputs.get("insecureValue") is not None and inputs.get("type") == "SecureString":
        yield "insecureValue", "is shown in plain text; a SecureString takes value"


def _value(known: Props) -> Any:
    return next((known[name] for name in _VALUES if known.get(name) is not None), None)


def _key(known: Props) -> Any:
    return known.get("keyId") if known.get("type") == "SecureString" else None


def _shown(_: Handle, known: Props) -> Props:
    outputs: Props = {"hasValueWo": known.get("valueWo") is not None}
    if known.get("insecureValue") is not None:
        outputs |= {"insecureValue": known["Value"], "value": None}
    return outputs | ({"value": None} if outputs["hasValueWo"] else {})


_NAMED = {"ParameterFilters": lambda known: [{"Key": "Name", "Option": "Equals", "Values": [known["name"]]}]}
_SENT = ("name", "type", "description", "allowedPattern", "tier", "dataType")

PARAMETER = ResourceType(
    "aws:ssm/parameter:Parameter",
    noun="SSM parameter",
    service="ssm",
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w./-]+)",
    props=(
        prop("name", replace=ALWAYS),
        prop("type", required=True),
        prop("description", reset=""),
        prop("allowedPattern"),
        prop("dataType", replace=ALWAYS, sticky=True),
        # Only the advanced tier keeps a parameter from becoming a standard one again.
        prop("tier", replace=lambda old, new: (old, new) == ("Advanced", "Standard"), sticky=True),
        prop("keyId", sticky=True),
        prop("value"),
        unmapped("insecureValue", kept=False),
        unmapped("valueWo"),
        unmapped("valueWoVersion", Kind.WHOLE),
        unmapped("overwrite", Kind.FLAG),
        output("arn", aws="ARN"),
        output("version", Kind.WHOLE),
        computed("hasValueWo", Kind.FLAG),
    ),
    checks=(_one_value,),
    create=call("put_parameter", {"Value": _value, "KeyId": _key, "Overwrite": "overwrite"}, sends=_SENT),
    read=(
        call("describe_parameters", _NAMED, at=("Parameters",), match={"Name": "name"}),
        call("get_parameter", {"Name": "name", "WithDecryption": lambda _: True}, at=("Parameter",)),
    ),
    update=(
        call(
            "put_parameter",
            {"Value": _value, "KeyId": _key, "Overwrite": lambda _: True},
            sends=_SENT,
            also=("value", "insecureValue", "valueWoVersion", "keyId"),
        ),
    ),
    complete=_shown,
    unsettled=lambda _, changed: {"version"} if changed - {"tags", "tagsAll"} else set(),
    delete=call("delete_parameter", {"Name": "name"}),
    tagging=Tagging(
        tag="add_tags_to_resource",
        untag="remove_tags_from_resource",
        key={"ResourceType": lambda _: "Parameter", "ResourceId": "name"},
        # The service takes no tags with `Overwrite`.
        on_create=False,
        read=call("list_tags_for_resource", at=("TagList",)),
    ),
)

ROWS = (PARAMETER,)
