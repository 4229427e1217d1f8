"""EC2: Elastic IP addresses and NAT gateways."""

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
from aws_provider.types.ec2 import TAGGING, first


def _host(handle: Handle, known: Props) -> Props:
    zone = "compute-1" if handle.region == "us-east-1" else f"{handle.region}.compute"
    return {
        "arn": handle.arn(f"elastic-ip/{known['id']}"),
        "allocationId": known["id"],
        "publicDns": f"ec2-{known['publicIp'].replace('.', '-')}.{zone}.amazonaws.com",
    }


_POOLS = ("address", "customerOwnedIpv4Pool", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool")
_INTERFACES = ("associateWithPrivateIp", "instance", "networkInterface")

EIP = ResourceType(
    "aws:ec2/eip:Eip",
    noun="Elastic IP address",
    service="ec2",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>eipalloc-\w+)",
    props=(
        prop("domain", default="vpc", replace=ALWAYS),
        *(unmapped(name, replace=ALWAYS) for name in _POOLS),
        *(unmapped(name) for name in _INTERFACES),
        output("id", aws="AllocationId"),
        output("publicIp"),
        output("associationId", default=""),
        computed("allocationId"),
        computed("arn"),
        computed("publicDns"),
    ),
    checks=(
        refused("the local cloud has no pools of addresses: leave it out", *_POOLS),
        refused("the local cloud has no instances and network interfaces: leave it out", *_INTERFACES),
    ),
    create=call("allocate_address"),
    read=(
        call(
            "describe_addresses",
            {"AllocationIds": lambda known: [known["id"]]},
            at=("Addresses",),
            match={"AllocationId": "id"},
        ),
    ),
    complete=_host,
    delete=call("release_address", {"AllocationId": "id"}),
    tagging=TAGGING,
)


def _present(handle: Handle, known: Props) -> Props:
    # A deleted gateway can be read for an hour.
    if known["State"] in {"deleting", "deleted"}:
        raise NotFoundError(f"the NAT gateway {known['id']} is deleted")
    address = known.get("allocationId")
    if not address:
        return {"publicIp": ""}
    found = handle.call("describe_addresses", Filters=[{"Name": "allocation-id", "Values": [address]}])
    return {"publicIp": first(found, "Addresses", "PublicIp")}


_REGIONAL = ("availabilityMode", "vpcId")

NAT_GATEWAY = ResourceType(
    "aws:ec2/natGateway:NatGateway",
    noun="NAT gateway",
    service="ec2",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>nat-\w+)",
    props=(
        prop("subnetId", required=True, replace=ALWAYS),
        # The emulator does not report these two.
        prop("allocationId", replace=ALWAYS, kept=True),
        prop("privateIp", aws="PrivateIpAddress", replace=ALWAYS, kept=True),
        prop("connectivityType", default="public", replace=ALWAYS),
        *(unmapped(name) for name in _REGIONAL),
        unmapped("availabilityZoneAddresses", Kind.LIST),
        unmapped("secondaryAllocationIds", Kind.LIST),
        unmapped("secondaryPrivateIpAddresses", Kind.LIST),
        unmapped("secondaryPrivateIpAddressCount", Kind.WHOLE),
        output("id", aws="NatGatewayId"),
        computed("publicIp"),
    ),
    checks=(
        refused(
            "the local cloud has NAT gateways of one subnet and one address: leave it out",
            *_REGIONAL,
            "availabilityZoneAddresses",
            "secondaryAllocationIds",
            "secondaryPrivateIpAddressCount",
            "secondaryPrivateIpAddresses",
        ),
    ),
    create=call("create_nat_gateway"),
    read=(
        call(
            "describe_nat_gateways",
            {"NatGatewayIds": lambda known: [known["id"]]},
            at=("NatGateways",),
            match={"NatGatewayId": "id"},
        ),
    ),
    complete=_present,
    delete=call("delete_nat_gateway", {"NatGatewayId": "id"}),
    tagging=TAGGING,
)

ROWS = (EIP, NAT_GATEWAY)
