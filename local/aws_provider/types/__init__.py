"""The table: every resource type that the local cloud's provider serves, by its token.

A row is a `ResourceType` in one of these modules, listed in that module's `ROWS`. To add one: its properties under
pulumi-aws's names, each with the service's parameter if that is not the capitalised name, and with limits only if they
are not those of the service's model in botocore; the keys, the id and the form of an id to import; the calls that
create, read, update and delete; and functions only for what these cannot express. Tags and region are added here.
`tests/unit/test_table.py` compares it with pulumi-aws and the service.
"""

from collections.abc import Iterable
from dataclasses import replace

from aws_provider.model import ALWAYS, Kind, Prop, ResourceType, computed, unmapped
from aws_provider.types import (
    apigateway,
    apigateway_methods,
    apigatewayv2,
    apigatewayv2_routes,
    cloudwatch,
    cognito,
    cognito_clients,
    dynamodb,
    ec2,
    ec2_addresses,
    ec2_routes,
    ec2_rules,
    ec2_security,
    ecr,
    efs,
    event_buses,
    events,
    iam,
    kinesis,
    kms,
    lambda_,
    lambda_invocation,
    logs,
    s3,
    scheduler,
    secretsmanager,
    sfn,
    sns,
    sqs,
    ssm,
    subscription_filters,
)


def _complete(row: ResourceType) -> ResourceType:
    """Add the properties that every row of its sort has."""
    props: list[Prop] = list(row.props)
    if row.tagging:
        props += [unmapped("tags", Kind.MAP, kept=False), computed("tagsAll", Kind.MAP)]
    if row.regional:
        props.append(unmapped("region", sticky=True, replace=ALWAYS))
    return replace(row, props=tuple(props))


def _table(*groups: Iterable[ResourceType]) -> dict[str, ResourceType]:
    return {row.token: _complete(row) for group in groups for row in group}


TABLE = _table(
    iam.ROWS,
    lambda_.ROWS,
    lambda_invocation.ROWS,
    logs.ROWS,
    cloudwatch.ROWS,
    events.ROWS,
    scheduler.ROWS,
    sns.ROWS,
    sqs.ROWS,
    s3.ROWS,
    kinesis.ROWS,
    dynamodb.ROWS,
    secretsmanager.ROWS,
    ssm.ROWS,
    kms.ROWS,
    event_buses.ROWS,
    subscription_filters.ROWS,
    apigateway.ROWS,
    apigateway_methods.ROWS,
    apigatewayv2.ROWS,
    apigatewayv2_routes.ROWS,
    sfn.ROWS,
    cognito.ROWS,
    cognito_clients.ROWS,
    ec2.ROWS,
    ec2_addresses.ROWS,
    ec2_routes.ROWS,
    ec2_security.ROWS,
    ec2_rules.ROWS,
    efs.ROWS,
    ecr.ROWS,
)
