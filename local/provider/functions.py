"""The functions that a program may call while it runs: who, where, which partition."""

import importlib
from collections.abc import Callable
from typing import Any

from local.provider.cloud import Cloud
from local.provider.model import Props

Function = Callable[[Cloud, Props], Props]

_SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


def _partition(cloud: Cloud, _: Props) -> Props:
    partition = cloud.settings.partition
    suffix = _SUFFIXES[partition]
    reverse = ".".join(reversed(suffix.split(".")))
    return {"dnsSuffix": suffix, "id": partition, "partition": partition, "reverseDnsPrefix": reverse}


def _caller(cloud: Cloud, _: Props) -> Props:
    who = cloud.identity
    return {"accountId": who["Account"], "arn": who["Arn"], "id": who["Account"], "userId": who["UserId"]}


def _region(cloud: Cloud, args: Props) -> Props:
    name = args.get("region") or args.get("name") or cloud.settings.region
    suffix = _SUFFIXES[cloud.settings.partition]
    endpoint = args.get("endpoint") or f"ec2.{name}.{suffix}"
    return {"description": _described(name), "endpoint": endpoint, "id": name, "name": name, "region": name}


def _described(region: str) -> str:
    data: Any = importlib.import_module("botocore.loaders").Loader().load_data("partitions")
    found = [part["regions"][region] for part in data["partitions"] if region in part["regions"]]
    return str(found[0]["description"]) if found else region


FUNCTIONS: dict[str, Function] = {
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
}
