"""The functions that a program may call: its account, region and partition, a policy document, and what exists."""

import importlib
from collections.abc import Callable
from typing import Any

from aws_provider.lookups import LOOKUPS
from aws_provider.model import Props
from aws_provider.policy_document import policy_document
from aws_provider.services import Services

Function = Callable[[Services, Props], Props]

_SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


def _partition(services: Services, _: Props) -> Props:
    partition = services.settings.partition
    suffix = _SUFFIXES[partition]
    reverse = ".".join(reversed(suffix.split(".")))
    return {"dnsSuffix": suffix, "id": partition, "partition": partition, "reverseDnsPrefix": reverse}


def _caller(services: Services, _: Props) -> Props:
    caller = services.identity
    account = caller["Account"]
    return {"accountId": account, "arn": caller["Arn"], "id": account, "userId": caller["UserId"]}


def _region(services: Services, args: Props) -> Props:
    name = args.get("region") or args.get("name") or services.settings.region
    suffix = _SUFFIXES[services.settings.partition]
    endpoint = args.get("endpoint") or f"ec2.{name}.{suffix}"
    return {"description": _description(name), "endpoint": endpoint, "id": name, "name": name, "region": name}


def _principal(services: Services, args: Props) -> Props:
    suffix = "amazonaws.com"  # in every partition, for all but a few services of China
    name, region = f"{args['serviceName']}.{suffix}", args.get("region") or services.settings.region
    return args | {
        "id": f"{args['serviceName']}.{region}.{suffix}",
        "name": name,
        "region": region,
        "suffix": suffix,
    }


def _description(region: str) -> str:
    data: Any = importlib.import_module("botocore.loaders").Loader().load_data("partitions")
    regions = {name: item for part in data["partitions"] for name, item in part["regions"].items()}
    return str(regions[region]["description"]) if region in regions else region


FUNCTIONS: dict[str, Function] = {
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getServicePrincipal:getServicePrincipal": _principal,
    "aws:iam/getPolicyDocument:getPolicyDocument": lambda _, args: policy_document(args),
    **LOOKUPS,
}

SECRET = ("secretString", "secretBinary", "value")
"""Results that are secrets."""
