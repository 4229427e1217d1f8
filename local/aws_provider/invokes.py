"""The functions that a program may call while it runs: who, where, which partition."""

import importlib
from collections.abc import Callable
from typing import Any

from aws_provider.model import Props
from aws_provider.services import Services

Function = Callable[[Services, Props], Props]

_SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


def _partition(services: Services, _: Props) -> Props:
    partition = services.settings.partition
    suffix = _SUFFIXES[partition]
    reverse = ".".join(reversed(suffix.split(".")))
    return {"dnsSuffix": suffix, "id": partition, "partition": partition, "reverseDnsPrefix": reverse}


def _caller(services: Services, _: Props) -> Props:
    who = services.identity
    return {"accountId": who["Account"], "arn": who["Arn"], "id": who["Account"], "userId": who["UserId"]}


def _region(services: Services, args: Props) -> Props:
    name = args.get("region") or args.get("name") or services.settings.region
    suffix = _SUFFIXES[services.settings.partition]
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
