"""The functions that look up what exists: by its row of the table, or in the network of the account."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_provider.failures import NotFoundError, ProviderError
from aws_provider.lifecycle import Lifecycle
from aws_provider.model import Kind, Props
from aws_provider.services import Services
from aws_provider.types import TABLE

Lookup = Callable[[Services, Props], Props]


def _by_row(token: str, keys: Callable[[Services, Props], Props]) -> Lookup:
    """Return a function that reads a resource as an import does."""
    row = TABLE[token]

    def look_up(services: Services, args: Props) -> Props:
        around = {"region": args.get("region") or services.settings.region}
        named = {name: value for name, value in keys(services, args).items() if value is not None}
        try:
            resource = Lifecycle(row, services).observe(around | named, {})
        except NotFoundError as error:
            shown = ", ".join(f"{name} {value!r}" for name, value in named.items())
            raise ProviderError(f"there is no {row.noun} with {shown} ({error})") from error
        # Some objects of a resource are lists of one here.
        lists = {
            f"{prop.name}s": [resource.outputs[prop.name]]
            for prop in row.props
            if prop.kind is Kind.BLOCK and resource.outputs.get(prop.name)
        }
        return args | lists | resource.outputs | {"id": resource.id}

    return look_up


def _renamed(**names: str) -> Callable[[Services, Props], Props]:
    return lambda _, args: {name: args.get(given) for name, given in names.items()}


def _arn(services: Services, service: str, args: Props, resource: str) -> str:
    region = args.get("region") or services.settings.region
    return f"arn:{services.settings.partition}:{service}:{region}:{services.identity['Account']}:{resource}"


def _queue(services: Services, args: Props) -> Props:
    name = args["name"]
    url = services.call("sqs", "get_queue_url", args.get("region") or "", QueueName=name)["QueueUrl"]
    return {"name": name, "url": url}


def _secret(services: Services, args: Props) -> Props:
    wanted = args.get("arn") or args.get("name")
    if not wanted:
        raise ProviderError("aws.secretsmanager.getSecret needs an arn or a name")
    found = services.call("secretsmanager", "describe_secret", args.get("region") or "", SecretId=wanted)
    return {"arn": found["ARN"]}


def _key(services: Services, args: Props) -> Props:
    found = services.call("kms", "describe_key", args.get("region") or "", KeyId=args["keyId"])
    return {"keyId": found["KeyMetadata"]["KeyId"]}


def _secret_version(services: Services, args: Props) -> Props:
    version = {"VersionId": args["versionId"]} if args.get("versionId") else {}
    stage = {} if version else {"VersionStage": args.get("versionStage") or "AWSCURRENT"}
    found = services.call(
        "secretsmanager",
        "get_secret_value",
        args.get("region") or "",
        SecretId=args["secretId"],
        **version,
        **stage,
    )
    return {"secretId": args["secretId"], "versionId": found["VersionId"]}


def _function(services: Services, args: Props) -> Props:
    """Return a function, or the version that a qualifier names."""
    outputs = _by_row("aws:lambda/function:Function", _renamed(name="functionName"))(services, args)
    qualifier = args.get("qualifier") or "$LATEST"
    configuration = services.call(
        "lambda",
        "get_function_configuration",
        args.get("region") or "",
        FunctionName=args["functionName"],
        Qualifier=qualifier,
    )
    qualified = f"{outputs['arn']}:{configuration['Version']}"
    return outputs | {
        "functionName": outputs["name"],
        "qualifier": qualifier,
        "version": configuration["Version"],
        "qualifiedArn": qualified,
        "codeSha256": configuration["CodeSha256"],
        "description": configuration.get("Description", ""),
        "handler": configuration.get("Handler", ""),
        "timeout": configuration["Timeout"],
        "memorySize": configuration["MemorySize"],
    }


def _filters(args: Props, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the service's filters: the program's own, its tags, and the arguments with their filters' names."""
    given = [{"Name": each["name"], "Values": each["values"]} for each in args.get("filters") or ()]
    tags = [{"Name": f"tag:{key}", "Values": [value]} for key, value in (args.get("tags") or {}).items()]
    named = [{"Name": aws, "Values": [str(args[name])]} for name, aws in names.items() if args.get(name)]
    return [*given, *tags, *named]


def _zones(services: Services, args: Props) -> Props:
    filters = _filters(args, {"state": "state"})
    region = args.get("region") or services.settings.region
    answer = services.call("ec2", "describe_availability_zones", region, Filters=filters)
    excluded = {*(args.get("excludeNames") or ()), *(args.get("excludeZoneIds") or ())}
    zones = [
        zone for zone in answer["AvailabilityZones"] if not excluded & {zone["ZoneName"], zone["ZoneId"]}
    ]
    zones.sort(key=lambda zone: str(zone["ZoneName"]))
    return args | {
        "id": region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone["GroupName"] for zone in zones}),
    }


def _found(services: Services, args: Props, kind: str, key: str, names: Mapping[str, str]) -> list[Props]:
    """Return what a listing has with these arguments; kind and key as in the answer."""
    operation = {
        "Vpcs": "describe_vpcs",
        "Subnets": "describe_subnets",
        "SecurityGroups": "describe_security_groups",
    }
    filters = _filters(args, names)
    pages = services.pages("ec2", operation[kind], args.get("region") or "", Filters=filters)
    items = [item for page in pages for item in page[kind]]
    return [item for item in items if args.get("id") in (None, item[key])]


def _only(items: list[Props], noun: str, args: Props) -> Props:
    if len(items) != 1:
        count = len(items) or "no"
        raise ProviderError(
            f"there are {count} {noun}s with {args}; exactly one is needed, so give other arguments"
        )
    return items[0]


def _vpc(services: Services, args: Props) -> Props:
    items = _found(services, args, "Vpcs", "VpcId", {"cidrBlock": "cidr", "state": "state"})
    # The emulator has no filter for it.
    default = args.get("default") is True
    vpc = _only([item for item in items if item["IsDefault"] or not default], "VPC", args)
    return {"id": vpc["VpcId"]}


def _subnet(services: Services, args: Props) -> Props:
    names = {"vpcId": "vpc-id", "cidrBlock": "cidr-block", "availabilityZone": "availability-zone"}
    return {"id": _only(_found(services, args, "Subnets", "SubnetId", names), "subnet", args)["SubnetId"]}


def _subnets(services: Services, args: Props) -> Props:
    ids = [item["SubnetId"] for item in _found(services, args, "Subnets", "SubnetId", {})]
    return args | {"id": args.get("region") or services.settings.region, "ids": sorted(ids)}


def _security_group(services: Services, args: Props) -> Props:
    names = {"vpcId": "vpc-id", "name": "group-name"}
    groups = _found(services, args, "SecurityGroups", "GroupId", names)
    return {"id": _only(groups, "security group", args)["GroupId"]}


LOOKUPS: dict[str, Lookup] = {
    "aws:cloudwatch/getEventBus:getEventBus": _by_row(
        "aws:cloudwatch/eventBus:EventBus", _renamed(name="name")
    ),
    "aws:cloudwatch/getLogGroup:getLogGroup": _by_row(
        "aws:cloudwatch/logGroup:LogGroup", _renamed(name="name")
    ),
    "aws:dynamodb/getTable:getTable": _by_row("aws:dynamodb/table:Table", _renamed(name="name")),
    "aws:ec2/getSecurityGroup:getSecurityGroup": _by_row(
        "aws:ec2/securityGroup:SecurityGroup", _security_group
    ),
    "aws:ec2/getSubnet:getSubnet": _by_row("aws:ec2/subnet:Subnet", _subnet),
    "aws:ec2/getSubnets:getSubnets": _subnets,
    "aws:ec2/getVpc:getVpc": _by_row("aws:ec2/vpc:Vpc", _vpc),
    "aws:ecr/getRepository:getRepository": _by_row("aws:ecr/repository:Repository", _renamed(name="name")),
    "aws:iam/getRole:getRole": _by_row("aws:iam/role:Role", _renamed(name="name")),
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:kms/getAlias:getAlias": _by_row("aws:kms/alias:Alias", _renamed(name="name")),
    "aws:kms/getKey:getKey": _by_row("aws:kms/key:Key", _key),
    "aws:lambda/getAlias:getAlias": _by_row(
        "aws:lambda/alias:Alias", _renamed(functionName="functionName", name="name")
    ),
    "aws:lambda/getFunction:getFunction": _function,
    "aws:s3/getBucket:getBucket": _by_row("aws:s3/bucket:Bucket", _renamed(bucket="bucket")),
    "aws:secretsmanager/getSecret:getSecret": _by_row("aws:secretsmanager/secret:Secret", _secret),
    "aws:secretsmanager/getSecretVersion:getSecretVersion": _by_row(
        "aws:secretsmanager/secretVersion:SecretVersion", _secret_version
    ),
    "aws:sns/getTopic:getTopic": _by_row(
        "aws:sns/topic:Topic", lambda services, args: {"arn": _arn(services, "sns", args, args["name"])}
    ),
    "aws:sqs/getQueue:getQueue": _by_row("aws:sqs/queue:Queue", _queue),
    "aws:ssm/getParameter:getParameter": _by_row("aws:ssm/parameter:Parameter", _renamed(name="name")),
}
