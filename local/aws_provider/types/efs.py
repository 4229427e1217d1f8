"""Elastic File System: file systems, mount targets and access points."""

from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    Tagging,
    block,
    call,
    computed,
    output,
    prop,
)
from aws_provider.services import Handle

TAGGING = Tagging(
    tag="tag_resource",
    untag="untag_resource",
    key={"ResourceId": "id"},
    read=call("list_tags_for_resource", at=("Tags",)),
)


def _domain(handle: Handle, known: Props) -> str:
    return f"{known['fileSystemId']}.efs.{handle.region}.amazonaws.com"


def _mode(handle: Handle, known: Props) -> Props:
    # The emulator keeps the throughput of a mode that it no longer has.
    provisioned = known["throughputMode"] == "provisioned"
    return {
        "dnsName": _domain(handle, {"fileSystemId": known["id"]}),
        **({} if provisioned else {"provisionedThroughputInMibps": None}),
    }


_FILE_SYSTEM = {"FileSystemId": "id"}

FILE_SYSTEM = ResourceType(
    "aws:efs/fileSystem:FileSystem",
    noun="EFS file system",
    service="efs",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>fs-\w+)",
    props=(
        prop("creationToken", replace=ALWAYS, sticky=True),
        prop("availabilityZoneName", replace=ALWAYS, sticky=True),
        prop("encrypted", Kind.FLAG, replace=ALWAYS, sticky=True),
        prop("kmsKeyId", replace=ALWAYS, sticky=True),
        prop("performanceMode", replace=ALWAYS, sticky=True),
        prop("throughputMode", default="bursting"),
        prop("provisionedThroughputInMibps", Kind.NUMBER),
        block(
            "lifecyclePolicies",
            prop("transitionToArchive"),
            prop("transitionToIa", aws="TransitionToIA"),
            prop("transitionToPrimaryStorageClass"),
            kind=Kind.BLOCK_SET,
            reset=[],
        ),
        block(
            "protection",
            prop("replicationOverwrite", aws="ReplicationOverwriteProtection", sticky=True),
            aws="FileSystemProtection",
            sticky=True,
        ),
        output("id", aws="FileSystemId"),
        output("arn", aws="FileSystemArn"),
        output("name"),
        output("numberOfMountTargets", Kind.WHOLE),
        output("ownerId"),
        computed("dnsName"),
    ),
    create=call(
        "create_file_system",
        sends=(
            "creationToken",
            "availabilityZoneName",
            "encrypted",
            "kmsKeyId",
            "performanceMode",
            "throughputMode",
            "provisionedThroughputInMibps",
        ),
    ),
    read=(
        call("describe_file_systems", _FILE_SYSTEM, at=("FileSystems",), match={"FileSystemId": "id"}),
        call("describe_lifecycle_configuration", _FILE_SYSTEM),
    ),
    update=(
        call("update_file_system", _FILE_SYSTEM, sends=("throughputMode", "provisionedThroughputInMibps")),
    ),
    settings=(
        call("put_lifecycle_configuration", _FILE_SYSTEM, sends=("lifecyclePolicies",)),
        call(
            "update_file_system_protection",
            {
                **_FILE_SYSTEM,
                "ReplicationOverwriteProtection": lambda known: known["protection"]["replicationOverwrite"],
            },
            also=("protection",),
        ),
    ),
    complete=_mode,
    delete=call("delete_file_system", _FILE_SYSTEM),
    tagging=TAGGING,
)

_TARGET = {"MountTargetId": "id"}


def _mounted(handle: Handle, known: Props) -> Props:
    return {
        "dnsName": _domain(handle, known),
        "mountTargetDnsName": f"{known['availabilityZoneName']}.{_domain(handle, known)}",
        "fileSystemArn": handle.arn(f"file-system/{known['fileSystemId']}", "elasticfilesystem"),
    }


MOUNT_TARGET = ResourceType(
    "aws:efs/mountTarget:MountTarget",
    noun="EFS mount target",
    service="efs",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>fsmt-\w+)",
    props=(
        prop("fileSystemId", required=True, replace=ALWAYS),
        prop("subnetId", required=True, replace=ALWAYS),
        prop("ipAddress", replace=ALWAYS, sticky=True),
        # The emulator does not report these two.
        prop("ipAddressType", replace=ALWAYS, kept=True),
        prop("ipv6Address", replace=ALWAYS, kept=True),
        prop("securityGroups", Kind.SET, sticky=True),
        output("id", aws="MountTargetId"),
        output("availabilityZoneId"),
        output("availabilityZoneName"),
        output("networkInterfaceId"),
        output("ownerId"),
        computed("dnsName"),
        computed("fileSystemArn"),
        computed("mountTargetDnsName"),
    ),
    create=call("create_mount_target"),
    read=(
        call("describe_mount_targets", _TARGET, at=("MountTargets",), match={"MountTargetId": "id"}),
        call("describe_mount_target_security_groups", _TARGET),
    ),
    update=(call("modify_mount_target_security_groups", _TARGET, sends=("securityGroups",)),),
    complete=_mounted,
    delete=call("delete_mount_target", _TARGET),
)

_POINT = {"AccessPointId": "id"}

ACCESS_POINT = ResourceType(
    "aws:efs/accessPoint:AccessPoint",
    noun="EFS access point",
    service="efs",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>fsap-\w+)",
    props=(
        prop("fileSystemId", required=True, replace=ALWAYS),
        block(
            "posixUser",
            prop("uid", Kind.WHOLE, required=True),
            prop("gid", Kind.WHOLE, required=True),
            prop("secondaryGids", Kind.SET),
            replace=ALWAYS,
        ),
        block(
            "rootDirectory",
            prop("path", sticky=True),
            block(
                "creationInfo",
                prop("ownerUid", Kind.WHOLE, required=True),
                prop("ownerGid", Kind.WHOLE, required=True),
                prop("permissions", required=True),
                sticky=True,
            ),
            sticky=True,
            replace=ALWAYS,
        ),
        output("id", aws="AccessPointId"),
        output("arn", aws="AccessPointArn"),
        output("ownerId"),
        computed("fileSystemArn"),
    ),
    create=call("create_access_point"),
    read=(call("describe_access_points", _POINT, at=("AccessPoints",), match={"AccessPointId": "id"}),),
    complete=lambda handle, known: {
        "fileSystemArn": handle.arn(f"file-system/{known['fileSystemId']}", "elasticfilesystem")
    },
    delete=call("delete_access_point", _POINT),
    tagging=TAGGING,
)

ROWS = (FILE_SYSTEM, MOUNT_TARGET, ACCESS_POINT)
