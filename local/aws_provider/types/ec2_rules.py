"""EC2: rules of security groups, as resources of their own."""

from collections.abc import Iterator
from dataclasses import replace

from aws_provider.failures import NotFoundError
from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    call,
    computed,
    output,
    prop,
    refused,
    unmapped,
)
from aws_provider.services import Handle
from aws_provider.types.ec2 import TAGGING
from aws_provider.types.ec2_security import DIRECTIONS, EVERY, NO_PREFIX_LISTS, SOURCES, permission, protocol

_ONE_OF = ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId")


def _one_source(inputs: Props) -> Iterator[tuple[str, str]]:
    if sum(inputs.get(name) is not None for name in _ONE_OF) != 1:
        yield "cidrIpv4", f"exactly one of {', '.join(_ONE_OF)} is needed"


def _single(known: Props) -> Props:
    """Return the only permission of a rule."""
    rule = {
        "protocol": known["ipProtocol"],
        "fromPort": known.get("fromPort", -1),
        "toPort": known.get("toPort", -1),
        "description": known.get("description"),
        "cidrBlocks": [known["cidrIpv4"]] if known.get("cidrIpv4") else [],
        "ipv6CidrBlocks": [known["cidrIpv6"]] if known.get("cidrIpv6") else [],
        "securityGroups": [known["referencedSecurityGroupId"]]
        if known.get("referencedSecurityGroupId")
        else [],
    }
    return permission(rule, "")


_CHANGEABLE = {
    "ipProtocol": "IpProtocol",
    "fromPort": "FromPort",
    "toPort": "ToPort",
    "cidrIpv4": "CidrIpv4",
    "cidrIpv6": "CidrIpv6",
}


def _modify(handle: Handle, known: Props, changed: set[str]) -> None:
    if not changed & {*_CHANGEABLE, "description"}:
        return
    rule = {aws: known[name] for name, aws in _CHANGEABLE.items() if known.get(name) is not None}
    rule |= {"IpProtocol": protocol(known["ipProtocol"]), "Description": known.get("description", "")}
    named = {"SecurityGroupRuleId": known["securityGroupRuleId"], "SecurityGroupRule": rule}
    handle.call("modify_security_group_rules", GroupId=known["securityGroupId"], SecurityGroupRules=[named])


def _without_ports(_: Handle, known: Props) -> Props:
    # The service reports ports of a rule for all protocols, which has none.
    return {"fromPort": None, "toPort": None} if known["ipProtocol"] == EVERY else {}


def _of_direction(direction: str) -> ResourceType:
    """Return the row of a rule for one direction."""
    name = f"securityGroup{direction.capitalize()}Rule"
    return ResourceType(
        f"aws:vpc/{name}:{name[0].upper()}{name[1:]}",
        noun=f"{direction} rule of a security group",
        service="ec2",
        keys=("securityGroupRuleId",),
        id="{securityGroupRuleId}",
        imports=r"(?P<securityGroupRuleId>sgr-\w+)",
        props=(
            prop("securityGroupId", aws="GroupId", required=True, replace=ALWAYS),
            prop("ipProtocol", required=True, plain=protocol),
            prop("fromPort", Kind.WHOLE),
            prop("toPort", Kind.WHOLE),
            prop("cidrIpv4"),
            prop("cidrIpv6"),
            # The emulator can change it, but not take it away.
            prop("description", sticky=True),
            # The emulator cannot change it.
            prop(
                "referencedSecurityGroupId",
                aws="ReferencedGroupId",
                reads="ReferencedGroupInfo.GroupId",
                replace=ALWAYS,
            ),
            unmapped("prefixListId"),
            output("securityGroupRuleId"),
            output("arn", aws="SecurityGroupRuleArn"),
        ),
        checks=(refused(NO_PREFIX_LISTS, "prefixListId"), _one_source),
        create=call(
            f"authorize_security_group_{direction}",
            {"GroupId": "securityGroupId", "IpPermissions": lambda known: [_single(known)]},
            sends=("securityGroupId",),
        ),
        read=(
            call(
                "describe_security_group_rules",
                {"SecurityGroupRuleIds": lambda known: [known["securityGroupRuleId"]]},
                at=("SecurityGroupRules",),
                match={"SecurityGroupRuleId": "securityGroupRuleId"},
            ),
        ),
        updated=_modify,
        complete=_without_ports,
        delete=call(
            f"revoke_security_group_{direction}",
            {
                "GroupId": "securityGroupId",
                "SecurityGroupRuleIds": lambda known: [known["securityGroupRuleId"]],
            },
        ),
        tagging=replace(TAGGING, key={"Resources": lambda known: [known["securityGroupRuleId"]]}),
    )


_LISTS = ("cidrBlocks", "ipv6CidrBlocks", "self", "sourceSecurityGroupId")
_SELF = "self"


def _as_rule(known: Props) -> Props:
    source = known.get("sourceSecurityGroupId")
    return {**known, "securityGroups": [source] if source else []}


def _authorize(handle: Handle, known: Props, _: set[str]) -> None:
    group = known["securityGroupId"]
    request = permission(_as_rule(known), group)
    handle.call(f"authorize_security_group_{known['type']}", GroupId=group, IpPermissions=[request])


def _again(handle: Handle, known: Props, changed: set[str]) -> None:
    # The emulator has no update of a description.
    _revoke(handle, known)
    _authorize(handle, known, changed)


def _revoke(handle: Handle, state: Props) -> None:
    group = state["securityGroupId"]
    request = permission(_as_rule(state), group)
    handle.call(f"revoke_security_group_{state['type']}", GroupId=group, IpPermissions=[request])


def _parts(known: Props) -> Props:
    """Return the properties that an id to import names."""
    group, type_, name, start, end, *sources = known["id"].split("_")
    groups = [each for each in sources if each.startswith("sg-")]
    return {
        "securityGroupId": group,
        "type": type_,
        "protocol": name,
        "fromPort": int(start),
        "toPort": int(end),
        "cidrBlocks": [each for each in sources if "." in each],
        "ipv6CidrBlocks": [each for each in sources if ":" in each],
        "sourceSecurityGroupId": groups[0] if groups else None,
        "self": _SELF in sources,
    }


def _present(handle: Handle, known: Props) -> Props:
    rule = {**known, **(_parts(known) if known.get("securityGroupId") is None else {})}
    group = rule["securityGroupId"]
    wanted = permission(_as_rule(rule), group)
    found = next(
        (
            each
            for each in known["found"]["SecurityGroups"][0][DIRECTIONS[rule["type"]]]
            if _covers(each, wanted)
        ),
        None,
    )
    if found is None:
        raise NotFoundError(f"the security group {group} has no such rule")
    listed = [source[key] for kind, key, _ in SOURCES for source in wanted[kind]]
    texts = [
        source.get("Description", "")
        for kind, key, _ in SOURCES
        for source in found[kind]
        if source[key] in listed
    ]
    rules = handle.call("describe_security_group_rules", Filters=[{"Name": "group-id", "Values": [group]}])
    ids = [
        each["SecurityGroupRuleId"]
        for each in rules["SecurityGroupRules"]
        if _is_one(each, wanted, rule["type"])
    ]
    names = ("securityGroupId", "type", "protocol", "fromPort", "toPort", *_LISTS)
    ends = [_SELF if source == group else source for source in listed]
    parts = (group, rule["type"], wanted["IpProtocol"], rule["fromPort"], rule["toPort"], *ends)
    return {
        **{name: rule.get(name) for name in names},
        "description": texts[0] if texts else "",
        "securityGroupRuleId": ids[0] if len(ids) == 1 else "",
        "id": "_".join(map(str, parts)),
    }


def _covers(found: Props, wanted: Props) -> bool:
    same = all(found.get(name, -1) == wanted.get(name, -1) for name in ("IpProtocol", "FromPort", "ToPort"))
    return same and all(
        {source[key] for source in wanted[kind]} <= {source[key] for source in found.get(kind, ())}
        for kind, key, _ in SOURCES
    )


def _is_one(found: Props, wanted: Props, direction: str) -> bool:
    ends = {found.get("CidrIpv4"), found.get("CidrIpv6"), found.get("ReferencedGroupInfo", {}).get("GroupId")}
    ports = all(found.get(name, -1) == wanted.get(name, -1) for name in ("IpProtocol", "FromPort", "ToPort"))
    listed = {source[key] for kind, key, _ in SOURCES for source in wanted[kind]}
    return ports and found["IsEgress"] is (direction == "egress") and bool(ends & listed)


SECURITY_GROUP_RULE = ResourceType(
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    noun="rule of a security group",
    service="ec2",
    keys=("id",),
    id="{id}",
    form="<securityGroupId>_<type>_<protocol>_<fromPort>_<toPort>_<source>_<source>...",
    imports=r"(?P<id>sg-\w+_(?:ingress|egress)_[\w-]+_-?\d+_-?\d+(?:_[\w./:-]+)+)",
    props=(
        prop("securityGroupId", aws="", required=True, replace=ALWAYS),
        prop("type", aws="", required=True, replace=ALWAYS, allowed=tuple(DIRECTIONS)),
        prop("protocol", aws="", required=True, replace=ALWAYS, plain=protocol),
        prop("fromPort", Kind.WHOLE, aws="", required=True, replace=ALWAYS),
        prop("toPort", Kind.WHOLE, aws="", required=True, replace=ALWAYS),
        prop("cidrBlocks", Kind.SET, aws="", replace=ALWAYS),
        prop("ipv6CidrBlocks", Kind.SET, aws="", replace=ALWAYS),
        prop("sourceSecurityGroupId", aws="", replace=ALWAYS),
        prop("self", Kind.FLAG, aws="", default=False, replace=ALWAYS),
        prop("description", aws=""),
        unmapped("prefixListIds", Kind.LIST),
        computed("id"),
        computed("securityGroupRuleId"),
    ),
    checks=(refused(NO_PREFIX_LISTS, "prefixListIds"),),
    # The call that makes it depends on its type; a group has to be there for it.
    create=call("describe_security_groups", {"GroupIds": lambda known: [known["securityGroupId"]]}),
    read=(
        call(
            "describe_security_groups",
            {"GroupIds": lambda known: [known.get("securityGroupId") or known["id"].split("_")[0]]},
            under="found",
        ),
    ),
    created=_authorize,
    updated=_again,
    complete=_present,
    clear=_revoke,
)

ROWS = (_of_direction("ingress"), _of_direction("egress"), SECURITY_GROUP_RULE)
