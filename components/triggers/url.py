"""Executions that start with an HTTP request."""

from typing import Annotated, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from . import rules as trigger_rules
from .target import SynchronousTarget, SynchronousTargetArgs


class UrlOptions(TypedDict):
    """Who may call the URL."""

    authorization: NotRequired[trigger_rules.UrlAuthorization]
    """AWS_IAM: principals with a grant (`grant_invoke(..., by_url=True)`) who sign the request. NONE: everybody on the
    internet, unless the handler checks. Default: AWS_IAM."""
    cors_origins: NotRequired[list[str]]
    """Origins from which browsers may call, such as https://shop.example. Default: none."""


class UrlTriggerArgs(UrlOptions, SynchronousTargetArgs):
    """Arguments of UrlTrigger."""


class _Url(SynchronousTarget):
    authorization: trigger_rules.UrlAuthorization = "AWS_IAM"
    cors_origins: Annotated[list[str], Field(min_length=1)] | None = None


class UrlTrigger(pulumi.ComponentResource):
    """Gives an alias an HTTPS URL; each request is an execution, and its result is the answer.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
    """

    url: pulumi.Output[str]
    """The URL."""

    def __init__(self, name: str, args: UrlTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        checked = _Url.parse_named("UrlTrigger", name, args)
        super().__init__("durable-functions:index:UrlTrigger", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        target = checked.known()
        function = target.apply(lambda arn: arn.unqualified)
        qualifier = target.apply(lambda arn: arn.qualifier)
        origins = checked.cors_origins
        made = aws.lambda_.FunctionUrl(
            name,
            function_name=function,
            qualifier=qualifier,
            authorization_type=checked.authorization,
            cors={"allow_origins": origins, "allow_methods": ["*"], "allow_headers": ["content-type"]}
            if origins
            else None,
            opts=child,
        )
        if checked.authorization == "NONE":
            # Lambda asks for both since October 2025.
            aws.lambda_.Permission(
                f"{name}-url",
                action="lambda:InvokeFunctionUrl",
                function=function,
                qualifier=qualifier,
                principal="*",
                function_url_auth_type="NONE",
                opts=child,
            )
            aws.lambda_.Permission(
                f"{name}-invoke",
                action="lambda:InvokeFunction",
                function=function,
                qualifier=qualifier,
                principal="*",
                invoked_via_function_url=True,
                opts=child,
            )
        self.url = made.function_url
        self.register_outputs({"url": self.url})
