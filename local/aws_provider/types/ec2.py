"""EC2: VPCs, subnets and internet gateways."""

from aws_provider.model import (
    ALWAYS,
    Kind,
    Prop,
    Props,
    ResourceType,
    Tagging,
    call,
    computed,
    output,
    prop,
    refused,
    unmapped,
)
from aws_provider.services import Handle

TAGGING = Tagging(
    tag="create_tags",
    untag="delete_tags",
    key={"Resources": lambda known: [known["id"]]},
    keys="Tags",
    on_create=False,
)
NO_IPV6 = "the networks of the local cloud have no IPv6 and no pools of addresses: leave it out"


def _flag(name: str, aws: str, *, reads: str = "", default: bool = False) -> Prop:
    """Return a flag that is sent as an object with a value."""
    return prop(name, Kind.FLAG, aws=f"{aws}.Value", reads=reads or f"{aws}.Value", default=default)


def first(answer: Props, kind: str, key: str) -> str:
    """Return the key of the first item of its kind, or an empty text."""
    return next((str(item[key]) for item in answer[kind]), "")


def _defaults(handle: Handle, known: Props) -> Props:
    """Return what the service has made with a VPC."""
    vpc = {"Name": "vpc-id", "Values": [known["id"]]}

    def found(operation: str, kind: str, key: str, name: str, value: str) -> str:
        answer = handle.call(operation, Filters=[vpc, {"Name": name, "Values": [value]}])
        return first(answer, kind, key)

    table = found("describe_route_tables", "RouteTables", "RouteTableId", "association.main", "true")
    return {
        "arn": handle.arn(f"vpc/{known['id']}"),
        "defaultNetworkAclId": found(
            "describe_network_acls", "NetworkAcls", "NetworkAclId", "default", "true"
        ),
        "defaultRouteTableId": table,
        "mainRouteTableId": table,
        "defaultSecurityGroupId": found(
            "describe_security_groups", "SecurityGroups", "GroupId", "group-name", "default"
        ),
    }


_VPC = {"VpcId": "id"}

VPC = ResourceType(
    "aws:ec2/vpc:Vpc",
    noun="VPC",
    service="ec2",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>vpc-\w+)",
    props=(
        prop("cidrBlock", required=True, replace=ALWAYS),
        prop("instanceTenancy", default="default", replace=ALWAYS),
        _flag("enableDnsHostnames", "EnableDnsHostnames"),
        _flag("enableDnsSupport", "EnableDnsSupport", default=True),
        # The emulator does not keep it.
        unmapped("enableNetworkAddressUsageMetrics", Kind.FLAG, default=False),
        *(
            unmapped(name)
            for name in (
                "ipv4IpamPoolId",
                "ipv6CidrBlock",
                "ipv6CidrBlockNetworkBorderGroup",
                "ipv6IpamPoolId",
            )
        ),
        unmapped("ipv4NetmaskLength", Kind.WHOLE),
        unmapped("ipv6NetmaskLength", Kind.WHOLE),
        unmapped("assignGeneratedIpv6CidrBlock", Kind.FLAG, default=False),
        output("id", aws="VpcId"),
        output("dhcpOptionsId"),
        output("ownerId"),
        computed("arn"),
        computed("defaultNetworkAclId"),
        computed("defaultRouteTableId"),
        computed("defaultSecurityGroupId"),
        computed("mainRouteTableId"),
    ),
    checks=(
        refused(
            NO_IPV6,
            "assignGeneratedIpv6CidrBlock",
            "ipv4IpamPoolId",
            "ipv4NetmaskLength",
            "ipv6CidrBlock",
            "ipv6CidrBlockNetworkBorderGroup",
            "ipv6IpamPoolId",
            "ipv6NetmaskLength",
        ),
    ),
    create=call("create_vpc"),
    read=(
        call("describe_vpcs", {"VpcIds": lambda known: [known["id"]]}, at=("Vpcs",), match={"VpcId": "id"}),
        call("describe_vpc_attribute", {**_VPC, "Attribute": lambda _: "enableDnsHostnames"}),
        call("describe_vpc_attribute", {**_VPC, "Attribute": lambda _: "enableDnsSupport"}),
    ),
    # The service takes one attribute at a time.
    settings=(
        call("modify_vpc_attribute", _VPC, sends=("enableDnsSupport",)),
        call("modify_vpc_attribute", _VPC, sends=("enableDnsHostnames",)),
    ),
    complete=_defaults,
    delete=call("delete_vpc", _VPC),
    tagging=TAGGING,
)

_SUBNET = {"SubnetId": "id"}
_OF_NAMES = "PrivateDnsNameOptionsOnLaunch"
_ON_LAUNCH = (
    _flag("mapPublicIpOnLaunch", "MapPublicIpOnLaunch", reads="MapPublicIpOnLaunch"),
    _flag(
        "enableResourceNameDnsARecordOnLaunch",
        "EnableResourceNameDnsARecordOnLaunch",
        reads=f"{_OF_NAMES}.EnableResourceNameDnsARecord",
    ),
    _flag(
        "enableResourceNameDnsAaaaRecordOnLaunch",
        "EnableResourceNameDnsAAAARecordOnLaunch",
        reads=f"{_OF_NAMES}.EnableResourceNameDnsAAAARecord",
    ),
    prop("privateDnsHostnameTypeOnLaunch", reads=f"{_OF_NAMES}.HostnameType", sticky=True),
)

SUBNET = ResourceType(
    "aws:ec2/subnet:Subnet",
    noun="subnet",
    service="ec2",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>subnet-\w+)",
    props=(
        prop("vpcId", required=True, replace=ALWAYS),
        prop("cidrBlock", required=True, replace=ALWAYS),
        prop("availabilityZone", replace=ALWAYS, sticky=True),
        prop("availabilityZoneId", replace=ALWAYS, sticky=True),
        *_ON_LAUNCH,
        *(
            unmapped(name)
            for name in (
                "customerOwnedIpv4Pool",
                "ipv4IpamPoolId",
                "ipv6CidrBlock",
                "ipv6IpamPoolId",
                "outpostArn",
            )
        ),
        *(
            unmapped(name, Kind.WHOLE)
            for name in ("enableLniAtDeviceIndex", "ipv4NetmaskLength", "ipv6NetmaskLength")
        ),
        *(
            unmapped(name, Kind.FLAG, default=False)
            for name in (
                "assignIpv6AddressOnCreation",
                "enableDns64",
                "ipv6Native",
                "mapCustomerOwnedIpOnLaunch",
            )
        ),
        output("id", aws="SubnetId"),
        output("arn", aws="SubnetArn"),
        output("ownerId"),
    ),
    checks=(
        refused(
            NO_IPV6,
            "assignIpv6AddressOnCreation",
            "customerOwnedIpv4Pool",
            "enableDns64",
            "enableLniAtDeviceIndex",
            "ipv4IpamPoolId",
            "ipv4NetmaskLength",
            "ipv6CidrBlock",
            "ipv6IpamPoolId",
            "ipv6Native",
            "ipv6NetmaskLength",
            "mapCustomerOwnedIpOnLaunch",
            "outpostArn",
        ),
    ),
    create=call("create_subnet", sends=("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId")),
    read=(
        call(
            "describe_subnets",
            {"SubnetIds": lambda known: [known["id"]]},
            at=("Subnets",),
            match={"SubnetId": "id"},
        ),
    ),
    # The service takes one attribute at a time.
    settings=tuple(call("modify_subnet_attribute", _SUBNET, sends=(each,)) for each in _ON_LAUNCH),
    delete=call("delete_subnet", _SUBNET),
    tagging=TAGGING,
)


def _attach(handle: Handle, known: Props, changed: set[str]) -> None:
    if "vpcId" in changed:
        _detach(handle, known)
        if known.get("vpcId"):
            handle.call("attach_internet_gateway", InternetGatewayId=known["id"], VpcId=known["vpcId"])


def _detach(handle: Handle, known: Props) -> None:
    found = handle.call("describe_internet_gateways", InternetGatewayIds=[known["id"]])
    for attachment in found["InternetGateways"][0]["Attachments"]:
        handle.call("detach_internet_gateway", InternetGatewayId=known["id"], VpcId=attachment["VpcId"])


def _attached(handle: Handle, known: Props) -> Props:
    vpc = next((each["VpcId"] for each in known["Attachments"]), None)
    return {"arn": handle.arn(f"internet-gateway/{known['id']}"), "vpcId": vpc}


INTERNET_GATEWAY = ResourceType(
    "aws:ec2/internetGateway:InternetGateway",
    noun="internet gateway",
    service="ec2",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>igw-\w+)",
    props=(
        unmapped("vpcId", kept=False, sticky=True),
        output("id", aws="InternetGatewayId"),
        output("ownerId"),
        computed("arn"),
    ),
    create=call("create_internet_gateway"),
    read=(
        call(
            "describe_internet_gateways",
            {"InternetGatewayIds": lambda known: [known["id"]]},
            at=("InternetGateways",),
            match={"InternetGatewayId": "id"},
        ),
    ),
    created=_attach,
    updated=_attach,
    complete=_attached,
    clear=_detach,
    delete=call("delete_internet_gateway", {"InternetGatewayId": "id"}),
    tagging=TAGGING,
)

ROWS = (VPC, SUBNET, INTERNET_GATEWAY)
