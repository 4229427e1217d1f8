"""A trigger that starts executions for HTTPS requests."""

from typing import Annotated, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from ..checks.component import Component
from . import rules as trigger_rules
from .target import SynchronousTarget, SynchronousTargetArgs

# https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html: what a signed request has besides its host,
# with temporary credentials. A browser asks in a preflight whether it may send them.
_SIGNING_HEADERS = ("authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token")


class UrlOptions(TypedDict):
    """Who may call the URL."""

    authorization: NotRequired[trigger_rules.UrlAuthorization]
    """AWS_IAM: principals with a grant (`grant_invoke(..., by_url=True)`), who sign their requests. NONE: everybody on the
    internet, unless the handler checks the caller. Default: AWS_IAM."""
    cors_origins: NotRequired[list[str]]
    """Origins from which browsers may call it, such as https://shop.example, with any method and the header content-type;
    with AWS_IAM also with the headers of a signature. Default: none."""


class UrlTriggerArgs(UrlOptions, SynchronousTargetArgs):
    """Arguments of UrlTrigger."""


class _Url(SynchronousTarget):
    authorization: trigger_rules.UrlAuthorization = "AWS_IAM"
    cors_origins: Annotated[list[str], Field(min_length=1)] | None = None


class UrlTrigger(Component):
    """Gives an alias an HTTPS URL. Each request is an execution, and the response is its result.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    url: pulumi.Output[str]
    """The URL."""

    def __init__(self, name: str, args: UrlTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the component; `UrlTriggerArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Url.parse_named("UrlTrigger", name, args)
        super().__init__("durable-functions:index:UrlTrigger", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        target = checked.parsed_arn()
        function = target.apply(lambda arn: arn.unqualified)
        qualifier = target.apply(lambda arn: arn.qualifier)
        origins = checked.cors_origins
        signing = _SIGNING_HEADERS if checked.authorization == "AWS_IAM" else ()
        url = aws.lambda_.FunctionUrl(
            name,
            function_name=function,
            qualifier=qualifier,
            authorization_type=checked.authorization,
            cors={
                "allow_origins": origins,
                "allow_methods": ["*"],
                "allow_headers": ["content-type", *signing],
            }
            if origins
            else None,
            opts=child,
        )
        if checked.authorization == "NONE":
            # Lambda requires both since October 2025.
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
        self.url = url.function_url
        self.register_outputs({"url": self.url})
