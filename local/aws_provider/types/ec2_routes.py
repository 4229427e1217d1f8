"""EC2: route tables, their routes and subnets, and VPC endpoints."""

from typing import Any

from aws_provider.failures import NotFoundError
from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    block,
    call,
    computed,
    output,
    prop,
    refused,
    unmapped,
)
from aws_provider.services import Handle
from aws_provider.types.ec2 import TAGGING
from aws_provider.wire import receive, send

_TARGETS = (
    prop("gatewayId"),
    prop("natGatewayId"),
    prop("transitGatewayId"),
    prop("vpcPeeringConnectionId"),
)
_OTHER_TARGETS = (
    "carrierGatewayId",
    "coreNetworkArn",
    "egressOnlyGatewayId",
    "localGatewayId",
    "networkInterfaceId",
    "odbNetworkArn",
    "vpcEndpointId",
)
_ONLY = "the local cloud routes an IPv4 block to an internet, NAT or transit gateway, or to a peering connection: leave it out"
_ROUTES = block(
    "routes",
    prop("cidrBlock", aws="DestinationCidrBlock", required=True),
    *_TARGETS,
    *(unmapped(name) for name in ("ipv6CidrBlock", "destinationPrefixListId", *_OTHER_TARGETS)),
    aws="",
    kind=Kind.BLOCK_SET,
    kept=False,
    sticky=True,
)
_LOCAL = "CreateRouteTable"
"""Where the route inside the VPC comes from."""


def _table(handle: Handle, id_: str) -> Any:
    return handle.call("describe_route_tables", RouteTableIds=[id_])["RouteTables"][0]


def _own_routes(table: Props) -> list[Props]:
    return [route for route in table["Routes"] if route["Origin"] != _LOCAL]


def _route(handle: Handle, known: Props, changed: set[str]) -> None:
    if "routes" not in changed:
        return
    for route in _own_routes(_table(handle, known["id"])):
        destination = route["DestinationCidrBlock"]
        handle.call("delete_route", RouteTableId=known["id"], DestinationCidrBlock=destination)
    for route in send(_ROUTES, known.get("routes") or []):
        handle.call("create_route", RouteTableId=known["id"], **route)


def _routed(handle: Handle, known: Props) -> Props:
    return {
        "arn": handle.arn(f"route-table/{known['id']}"),
        "routes": receive(_ROUTES, _own_routes(known)) or [],
    }


_TABLES = call(
    "describe_route_tables",
    {"RouteTableIds": lambda known: [known["id"]]},
    at=("RouteTables",),
    match={"RouteTableId": "id"},
)

ROUTE_TABLE = ResourceType(
    "aws:ec2/routeTable:RouteTable",
    noun="route table",
    service="ec2",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>rtb-\w+)",
    props=(
        prop("vpcId", required=True, replace=ALWAYS),
        _ROUTES,
        unmapped("propagatingVgws", Kind.SET),
        output("id", aws="RouteTableId"),
        output("ownerId"),
        computed("arn"),
    ),
    checks=(
        refused("the local cloud has no virtual private gateways: leave it out", "propagatingVgws"),
        refused(
            _ONLY,
            "routes.ipv6CidrBlock",
            "routes.destinationPrefixListId",
            *(f"routes.{name}" for name in _OTHER_TARGETS),
        ),
    ),
    create=call("create_route_table"),
    read=(_TABLES,),
    created=_route,
    updated=_route,
    complete=_routed,
    delete=call("delete_route_table", {"RouteTableId": "id"}),
    tagging=TAGGING,
)

_ROUTE = {"RouteTableId": "routeTableId", "DestinationCidrBlock": "destinationCidrBlock"}
_TARGET_NAMES = tuple(each.name for each in _TARGETS)


def _found(_: Handle, known: Props) -> Props:
    destination = known["destinationCidrBlock"]
    for route in known["Routes"]:
        if route.get("DestinationCidrBlock") == destination:
            targets = {each.name: route.get(each.aws) for each in _TARGETS}
            return targets | {"origin": route["Origin"], "state": route["State"]}
    raise NotFoundError(f"the route table {known['routeTableId']} has no route to {destination}")


def _one_target(inputs: Props) -> list[tuple[str, str]]:
    given = [name for name in _TARGET_NAMES if inputs.get(name) is not None]
    return [] if len(given) == 1 else [("gatewayId", f"exactly one of {', '.join(_TARGET_NAMES)} is needed")]


ROUTE = ResourceType(
    "aws:ec2/route:Route",
    noun="route",
    service="ec2",
    keys=("routeTableId", "destinationCidrBlock"),
    id="{routeTableId}_{destinationCidrBlock}",
    imports=r"(?P<routeTableId>rtb-\w+)_(?P<destinationCidrBlock>[\d./]+)",
    props=(
        unmapped("routeTableId", required=True, replace=ALWAYS),
        unmapped("destinationCidrBlock", required=True, replace=ALWAYS),
        *(prop(each.name, kept=False) for each in _TARGETS),
        *(
            unmapped(name)
            for name in ("destinationIpv6CidrBlock", "destinationPrefixListId", *_OTHER_TARGETS)
        ),
        computed("origin"),
        computed("state"),
    ),
    checks=(
        refused(_ONLY, "destinationIpv6CidrBlock", "destinationPrefixListId", *_OTHER_TARGETS),
        _one_target,
    ),
    create=call("create_route", _ROUTE, sends=_TARGET_NAMES),
    read=(
        call(
            "describe_route_tables",
            {"RouteTableIds": lambda known: [known["routeTableId"]]},
            at=("RouteTables",),
            match={"RouteTableId": "routeTableId"},
        ),
    ),
    # The emulator does not replace every target.
    update=(
        call("delete_route", _ROUTE, also=_TARGET_NAMES),
        call("create_route", _ROUTE, sends=_TARGET_NAMES),
    ),
    complete=_found,
    delete=call("delete_route", _ROUTE),
)


def _association(_: Handle, known: Props) -> Props:
    for association in known["Associations"]:
        if association.get("SubnetId") == known["subnetId"]:
            return {"id": association["RouteTableAssociationId"]}
    raise NotFoundError(f"the route table {known['routeTableId']} is not that of {known['subnetId']}")


def _move(handle: Handle, known: Props, changed: set[str]) -> None:
    if "routeTableId" in changed:
        handle.call(
            "replace_route_table_association", AssociationId=known["id"], RouteTableId=known["routeTableId"]
        )


ASSOCIATION = ResourceType(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    noun="association of a route table",
    service="ec2",
    keys=("subnetId", "routeTableId"),
    id="{id}",
    form="<subnetId>/<routeTableId>",
    imports=r"(?P<subnetId>subnet-\w+)/(?P<routeTableId>rtb-\w+)",
    props=(
        prop("routeTableId", required=True, kept=True),
        prop("subnetId", required=True, replace=ALWAYS, kept=True),
        unmapped("gatewayId", replace=ALWAYS),
        computed("id"),
    ),
    checks=(refused("the local cloud associates subnets only: leave it out", "gatewayId"),),
    create=call("associate_route_table"),
    read=(
        call(
            "describe_route_tables",
            {"RouteTableIds": lambda known: [known["routeTableId"]]},
            at=("RouteTables",),
            match={"RouteTableId": "routeTableId"},
        ),
    ),
    updated=_move,
    unsettled=lambda _, changed: {"id"} if "routeTableId" in changed else set(),
    complete=_association,
    delete=call("disassociate_route_table", {"AssociationId": "id"}),
)

_UNREPORTED = (
    prop("policy", Kind.DOCUMENT, aws="PolicyDocument", sticky=True, kept=True),
    prop("privateDnsEnabled", Kind.FLAG, sticky=True, kept=True),
    prop("securityGroupIds", Kind.SET, sticky=True, kept=True),
    prop("ipAddressType", sticky=True, kept=True),
    block(
        "dnsOptions",
        prop("dnsRecordIpType", sticky=True),
        prop("privateDnsOnlyForInboundResolverEndpoint", Kind.FLAG, sticky=True),
        prop("privateDnsPreference", sticky=True),
        prop("privateDnsSpecifiedDomains", Kind.SET, sticky=True),
        sticky=True,
        kept=True,
    ),
)
_MEMBERS = {"routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds"}
_OTHER_SERVICES = ("resourceConfigurationArn", "serviceNetworkArn", "serviceRegion")


def _join(handle: Handle, known: Props, changed: set[str]) -> None:
    found = handle.call("describe_vpc_endpoints", VpcEndpointIds=[known["id"]])["VpcEndpoints"][0]
    request: Props = {}
    for name in sorted(changed & _MEMBERS.keys()):
        before, after = set(found[_MEMBERS[name]]), set(known.get(name) or ())
        request |= {f"Add{_MEMBERS[name]}": sorted(after - before)} if after - before else {}
        request |= {f"Remove{_MEMBERS[name]}": sorted(before - after)} if before - after else {}
    if request:
        handle.call("modify_vpc_endpoint", VpcEndpointId=known["id"], **request)


def _endpoint(handle: Handle, known: Props) -> Props:
    prefixes = handle.call("describe_prefix_lists")["PrefixLists"]
    own = [each for each in prefixes if each["PrefixListName"] == known["serviceName"]]
    gateway = own if known["vpcEndpointType"] == "Gateway" else []
    return {
        "arn": handle.arn(f"vpc-endpoint/{known['id']}"),
        "prefixListId": gateway[0]["PrefixListId"] if gateway else "",
        "cidrBlocks": gateway[0]["Cidrs"] if gateway else [],
    }


ENDPOINT = ResourceType(
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    noun="VPC endpoint",
    service="ec2",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>vpce-\w+)",
    props=(
        prop("vpcId", required=True, replace=ALWAYS),
        prop("serviceName", required=True, replace=ALWAYS),
        prop("vpcEndpointType", default="Gateway", replace=ALWAYS),
        prop("routeTableIds", Kind.SET, sticky=True),
        prop("subnetIds", Kind.SET, sticky=True),
        # The emulator does not report these.
        *_UNREPORTED,
        unmapped("autoAccept", Kind.FLAG),
        unmapped("subnetConfigurations", Kind.LIST),
        *(unmapped(name) for name in _OTHER_SERVICES),
        output("id", aws="VpcEndpointId"),
        output("ownerId"),
        output("state"),
        output("dnsEntries", Kind.LIST, default=[]),
        output("networkInterfaceIds", Kind.SET, default=[]),
        computed("arn"),
        computed("cidrBlocks", Kind.LIST),
        computed("prefixListId"),
    ),
    checks=(
        refused(
            "the local cloud has endpoints of AWS's services in the own region: leave it out",
            *_OTHER_SERVICES,
            "subnetConfigurations",
        ),
    ),
    create=call("create_vpc_endpoint"),
    read=(
        call(
            "describe_vpc_endpoints",
            {"VpcEndpointIds": lambda known: [known["id"]]},
            at=("VpcEndpoints",),
            match={"VpcEndpointId": "id"},
        ),
    ),
    updated=_join,
    complete=_endpoint,
    delete=call("delete_vpc_endpoints", {"VpcEndpointIds": lambda known: [known["id"]]}),
    tagging=TAGGING,
)

ROWS = (ROUTE_TABLE, ROUTE, ASSOCIATION, ENDPOINT)
