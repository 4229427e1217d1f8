"""Cognito: clients and domains of user pools."""

from aws_provider.failures import NotFoundError
from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    block,
    call,
    computed,
    output,
    prop,
    unmapped,
)
from aws_provider.services import Handle

_CLIENT = (
    prop("name", aws="ClientName"),
    prop("accessTokenValidity", Kind.WHOLE, sticky=True),
    prop("allowedOauthFlows", Kind.SET, aws="AllowedOAuthFlows", sticky=True),
    prop("allowedOauthFlowsUserPoolClient", Kind.FLAG, aws="AllowedOAuthFlowsUserPoolClient", sticky=True),
    prop("allowedOauthScopes", Kind.SET, aws="AllowedOAuthScopes", sticky=True),
    block(
        "analyticsConfiguration",
        prop("applicationArn"),
        prop("applicationId"),
        prop("externalId"),
        prop("roleArn", sticky=True),
        prop("userDataShared", Kind.FLAG, sticky=True),
        reset={},
    ),
    prop("authSessionValidity", Kind.WHOLE, sticky=True),
    prop("callbackUrls", Kind.SET, aws="CallbackURLs", sticky=True),
    prop("defaultRedirectUri", aws="DefaultRedirectURI", sticky=True),
    prop("enablePropagateAdditionalUserContextData", Kind.FLAG, sticky=True),
    prop("enableTokenRevocation", Kind.FLAG, sticky=True),
    prop("explicitAuthFlows", Kind.SET, sticky=True),
    prop("idTokenValidity", Kind.WHOLE, sticky=True),
    prop("logoutUrls", Kind.SET, aws="LogoutURLs", sticky=True),
    prop("preventUserExistenceErrors", sticky=True),
    prop("readAttributes", Kind.SET, sticky=True),
    # The emulator does not report it.
    block(
        "refreshTokenRotation",
        prop("feature", required=True),
        prop("retryGracePeriodSeconds", Kind.WHOLE),
        reset={"Feature": "DISABLED"},
        kept=True,
    ),
    prop("refreshTokenValidity", Kind.WHOLE, sticky=True),
    prop("supportedIdentityProviders", Kind.SET, sticky=True),
    block(
        "tokenValidityUnits",
        prop("accessToken", sticky=True),
        prop("idToken", sticky=True),
        prop("refreshToken", sticky=True),
        reset={},
    ),
    prop("writeAttributes", Kind.SET, sticky=True),
)
_CLIENT_ID = {"UserPoolId": "userPoolId", "ClientId": "id"}

USER_POOL_CLIENT = ResourceType(
    "aws:cognito/userPoolClient:UserPoolClient",
    noun="client of a user pool",
    service="cognito-idp",
    name="name",
    keys=("userPoolId", "id"),
    id="{id}",
    form="<userPoolId>/<client's id>",
    imports=r"(?P<userPoolId>[\w-]+_\w+)/(?P<id>\w+)",
    props=(
        unmapped("userPoolId", required=True, replace=ALWAYS),
        prop("generateSecret", Kind.FLAG, replace=ALWAYS, kept=True),
        *_CLIENT,
        output("id", aws="ClientId"),
        output("clientSecret", default=""),
    ),
    create=call("create_user_pool_client", {"UserPoolId": "userPoolId"}, sends=("generateSecret", *_CLIENT)),
    read=(call("describe_user_pool_client", _CLIENT_ID, at=("UserPoolClient",)),),
    update=(call("update_user_pool_client", _CLIENT_ID, sends=_CLIENT),),
    delete=call("delete_user_pool_client", _CLIENT_ID),
)


def _described(handle: Handle, known: Props) -> Props:
    # The service describes a domain that nobody has by an empty object.
    if not known.get("UserPoolId"):
        raise NotFoundError(f"no user pool has the domain {known['domain']}")
    cloudfront = known.get("cloudfrontDistribution") or ""
    # AWS's own zone, of all distributions.
    return {"cloudfrontDistributionArn": cloudfront, "cloudfrontDistributionZoneId": "Z2FDTNDATAQYW2"}


def _kind_of_domain(old: object, new: object) -> bool:
    # A domain with a certificate is the program's own; the other sort is a prefix of Cognito's.
    return (old is None) != (new is None)


_DOMAIN = (
    prop("certificateArn", aws="CustomDomainConfig.CertificateArn", replace=_kind_of_domain),
    prop("managedLoginVersion", Kind.WHOLE, sticky=True),
)
_DOMAINS = {"Domain": "domain", "UserPoolId": "userPoolId"}

USER_POOL_DOMAIN = ResourceType(
    "aws:cognito/userPoolDomain:UserPoolDomain",
    noun="domain of a user pool",
    service="cognito-idp",
    keys=("domain",),
    id="{domain}",
    imports=r"(?P<domain>[\w.-]+)",
    props=(
        prop("domain", required=True, replace=ALWAYS),
        prop("userPoolId", required=True, replace=ALWAYS),
        *_DOMAIN,
        output("awsAccountId", aws="AWSAccountId"),
        output("cloudfrontDistribution", aws="CloudFrontDistribution", default=""),
        computed("cloudfrontDistributionArn"),
        computed("cloudfrontDistributionZoneId"),
        output("s3Bucket", default=""),
        output("version"),
    ),
    create=call("create_user_pool_domain"),
    read=(call("describe_user_pool_domain", {"Domain": "domain"}, at=("DomainDescription",)),),
    update=(call("update_user_pool_domain", _DOMAINS, sends=_DOMAIN),),
    complete=_described,
    delete=call("delete_user_pool_domain", _DOMAINS),
)

ROWS = (USER_POOL_CLIENT, USER_POOL_DOMAIN)
