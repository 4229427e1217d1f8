"""EC2: security groups."""

from typing import Any

from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    block,
    call,
    computed,
    output,
    prefix,
    prop,
    refused,
    unmapped,
)
from aws_provider.services import Handle
from aws_provider.types.ec2 import TAGGING

EVERY = "-1"
_NUMBERS = {"all": EVERY, "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
NO_PREFIX_LISTS = "the rules of the local cloud have no prefix lists: give the blocks of addresses"
DIRECTIONS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}


def protocol(text: str) -> str:
    """Return the name that the service reports for a protocol."""
    return _NUMBERS.get(text.lower(), text.lower())


def _rules(name: str) -> Any:
    return block(
        name,
        prop("protocol", required=True, plain=protocol),
        prop("fromPort", Kind.WHOLE, required=True),
        prop("toPort", Kind.WHOLE, required=True),
        prop("cidrBlocks", Kind.SET),
        prop("ipv6CidrBlocks", Kind.SET),
        prop("prefixListIds", Kind.SET),
        prop("securityGroups", Kind.SET),
        prop("self", Kind.FLAG, default=False),
        prop("description"),
        aws="",
        kind=Kind.BLOCK_SET,
        kept=False,
        sticky=True,
    )


def permission(rule: Props, group: str) -> Props:
    """Return a rule in the service's form; the group is what `self` means."""
    described = {"Description": rule["description"]} if rule.get("description") else {}
    groups = [*(rule.get("securityGroups") or ()), *([group] if rule.get("self") is True else ())]
    request = {
        "IpProtocol": protocol(rule["protocol"]),
        "IpRanges": [{"CidrIp": each, **described} for each in rule.get("cidrBlocks") or ()],
        "Ipv6Ranges": [{"CidrIpv6": each, **described} for each in rule.get("ipv6CidrBlocks") or ()],
        "UserIdGroupPairs": [{"GroupId": each, **described} for each in groups],
    }
    if request["IpProtocol"] != EVERY:
        request |= {"FromPort": rule["fromPort"], "ToPort": rule["toPort"]}
    return request


SOURCES = (
    ("IpRanges", "CidrIp", "cidrBlocks"),
    ("Ipv6Ranges", "CidrIpv6", "ipv6CidrBlocks"),
    ("UserIdGroupPairs", "GroupId", "securityGroups"),
)


def _rules_of(permissions: list[Props], group: str) -> list[Props]:
    """Return rules in the program's form: one for each protocol, range of ports and description."""
    rules: dict[tuple[Any, ...], Props] = {}
    for each in permissions:
        ports = (each.get("FromPort", 0), each.get("ToPort", 0))
        ports = (0, 0) if each["IpProtocol"] == EVERY else ports
        for kind, key, name in SOURCES:
            for source in each.get(kind) or ():
                description = source.get("Description", "")
                rule = rules.setdefault(
                    (each["IpProtocol"], *ports, description),
                    {"protocol": each["IpProtocol"], "fromPort": ports[0], "toPort": ports[1]}
                    | ({"description": description} if description else {}),
                )
                if source[key] == group:
                    rule["self"] = True
                else:
                    rule.setdefault(name, []).append(source[key])
    return list(rules.values())


def _group(handle: Handle, id_: str) -> Any:
    return handle.call("describe_security_groups", GroupIds=[id_])["SecurityGroups"][0]


def _apply(handle: Handle, known: Props, changed: set[str]) -> None:
    for direction in changed & DIRECTIONS.keys():
        _revoke(handle, known["id"], direction)
        for rule in known.get(direction) or ():
            permissions = [permission(rule, known["id"])]
            handle.call(
                f"authorize_security_group_{direction}", GroupId=known["id"], IpPermissions=permissions
            )


def _revoke(handle: Handle, id_: str, direction: str) -> None:
    if permissions := _group(handle, id_)[DIRECTIONS[direction]]:
        handle.call(f"revoke_security_group_{direction}", GroupId=id_, IpPermissions=permissions)


def _begin(handle: Handle, known: Props, given: set[str]) -> None:
    # The service allows a new group everything outwards, the AWS provider nothing.
    _apply(handle, known, (given & {"ingress"}) | {"egress"})


def _end(handle: Handle, state: Props) -> None:
    if state.get("revokeRulesOnDelete") is True:
        for direction in DIRECTIONS:
            _revoke(handle, state["id"], direction)


def _described(handle: Handle, known: Props) -> Props:
    return {
        "arn": handle.arn(f"security-group/{known['id']}"),
        **{name: _rules_of(known.get(aws, []), known["id"]) for name, aws in DIRECTIONS.items()},
    }


SECURITY_GROUP = ResourceType(
    "aws:ec2/securityGroup:SecurityGroup",
    noun="security group",
    service="ec2",
    name="name",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>sg-\w+)",
    props=(
        prop("name", aws="GroupName", replace=ALWAYS),
        prefix("namePrefix"),
        prop("description", default="Managed by Pulumi", replace=ALWAYS),
        prop("vpcId", replace=ALWAYS, sticky=True),
        _rules("ingress"),
        _rules("egress"),
        unmapped("revokeRulesOnDelete", Kind.FLAG, default=False),
        output("id", aws="GroupId"),
        output("ownerId"),
        computed("arn"),
    ),
    checks=(refused(NO_PREFIX_LISTS, "ingress.prefixListIds", "egress.prefixListIds"),),
    create=call(
        "create_security_group",
        {"Description": lambda known: known.get("description", "Managed by Pulumi")},
        sends=("name", "vpcId"),
    ),
    read=(
        call(
            "describe_security_groups",
            {"GroupIds": lambda known: [known["id"]]},
            at=("SecurityGroups",),
            match={"GroupId": "id"},
        ),
    ),
    created=_begin,
    updated=_apply,
    complete=_described,
    clear=_end,
    delete=call("delete_security_group", {"GroupId": "id"}),
    tagging=TAGGING,
)

ROWS = (SECURITY_GROUP,)
