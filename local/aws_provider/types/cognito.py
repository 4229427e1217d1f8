"""Cognito: user pools."""

from aws_provider.model import (
    ALWAYS,
    Kind,
    Prop,
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
from aws_provider.wire import send

_CODE = "CONFIRM_WITH_CODE"


def _trigger(name: str, aws: str) -> Prop:
    return block(name, prop("lambdaArn", required=True), prop("lambdaVersion", required=True), aws=aws)


_LAMBDA = block(
    "lambdaConfig",
    prop("createAuthChallenge"),
    prop("customMessage"),
    prop("defineAuthChallenge"),
    prop("postAuthentication"),
    prop("postConfirmation"),
    prop("preAuthentication"),
    prop("preSignUp"),
    # The same function as in the configuration below, which the service reports too.
    prop("preTokenGeneration", sticky=True),
    prop("userMigration"),
    prop("verifyAuthChallengeResponse"),
    prop("kmsKeyId", aws="KMSKeyID"),
    _trigger("customEmailSender", "CustomEmailSender"),
    _trigger("customSmsSender", "CustomSMSSender"),
    _trigger("preTokenGenerationConfig", "PreTokenGenerationConfig"),
    reset={},
)
_MESSAGES = (
    prop("defaultEmailOption", default=_CODE),
    prop("emailMessage", sticky=True),
    prop("emailMessageByLink", sticky=True),
    prop("emailSubject", sticky=True),
    prop("emailSubjectByLink", sticky=True),
    prop("smsMessage", sticky=True),
)
# An update resets what it does not get; the emulator keeps it.
_POOL = (
    block(
        "accountRecoverySetting",
        block(
            "recoveryMechanisms",
            prop("name", required=True),
            prop("priority", Kind.WHOLE, required=True),
            kind=Kind.BLOCK_SET,
        ),
        sticky=True,
    ),
    block(
        "adminCreateUserConfig",
        prop("allowAdminCreateUserOnly", Kind.FLAG, default=False),
        block(
            "inviteMessageTemplate",
            prop("emailMessage"),
            prop("emailSubject"),
            prop("smsMessage", aws="SMSMessage"),
        ),
        sticky=True,
    ),
    prop("autoVerifiedAttributes", Kind.SET, reset=[]),
    prop("deletionProtection", default="INACTIVE"),
    block(
        "deviceConfiguration",
        prop("challengeRequiredOnNewDevice", Kind.FLAG, default=False),
        prop("deviceOnlyRememberedOnUserPrompt", Kind.FLAG, default=False),
        reset={},
    ),
    block(
        "emailConfiguration",
        prop("configurationSet"),
        prop("emailSendingAccount", default="COGNITO_DEFAULT"),
        prop("fromEmailAddress", aws="From"),
        prop("replyToEmailAddress"),
        prop("sourceArn"),
        sticky=True,
    ),
    prop("emailVerificationMessage", sticky=True),
    prop("emailVerificationSubject", sticky=True),
    _LAMBDA,
    block(
        "passwordPolicy",
        prop("minimumLength", Kind.WHOLE, default=8),
        prop("passwordHistorySize", Kind.WHOLE, default=0),
        prop("requireLowercase", Kind.FLAG, default=False),
        prop("requireNumbers", Kind.FLAG, default=False),
        prop("requireSymbols", Kind.FLAG, default=False),
        prop("requireUppercase", Kind.FLAG, default=False),
        prop("temporaryPasswordValidityDays", Kind.WHOLE, default=7),
        aws="Policies.PasswordPolicy",
        sticky=True,
    ),
    block(
        "signInPolicy",
        prop("allowedFirstAuthFactors", Kind.SET),
        aws="Policies.SignInPolicy",
        sticky=True,
    ),
    # Neither the request nor the emulator can take it away.
    prop("smsAuthenticationMessage", sticky=True),
    block(
        "smsConfiguration",
        prop("externalId", required=True),
        prop("snsCallerArn", required=True),
        prop("snsRegion", sticky=True),
        sticky=True,
    ),
    prop("smsVerificationMessage", sticky=True),
    block(
        "userAttributeUpdateSettings",
        prop(
            "attributesRequireVerificationBeforeUpdates",
            Kind.SET,
            aws="AttributesRequireVerificationBeforeUpdate",
            required=True,
        ),
        reset={},
    ),
    block(
        "userPoolAddOns",
        block("advancedSecurityAdditionalFlows", prop("customAuthMode")),
        prop("advancedSecurityMode", required=True),
        default={"advancedSecurityMode": "OFF"},
        reset={"AdvancedSecurityMode": "OFF"},
    ),
    prop("userPoolTier", sticky=True),
    block("verificationMessageTemplate", *_MESSAGES, sticky=True),
)
_MFA = (
    prop("mfaConfiguration", default="OFF"),
    block("emailMfaConfiguration", prop("message"), prop("subject"), reset={}),
    block(
        "softwareTokenMfaConfiguration",
        prop("enabled", Kind.FLAG, required=True),
        default={"enabled": False},
        reset={"Enabled": False},
    ),
    block("webAuthnConfiguration", prop("relyingPartyId"), prop("userVerification"), reset={}),
)
_SCHEMA = block(
    "schemas",
    prop("name", required=True),
    prop("attributeDataType", required=True),
    prop("developerOnlyAttribute", Kind.FLAG, default=False),
    prop("mutable", Kind.FLAG, default=False),
    prop("required", Kind.FLAG, default=False),
    block("numberAttributeConstraints", prop("minValue"), prop("maxValue")),
    block("stringAttributeConstraints", prop("minLength"), prop("maxLength")),
    kind=Kind.BLOCK_SET,
    aws="Schema",
    # The service reports its own attributes among them.
    kept=True,
)
_POOL_ID = {"UserPoolId": "id"}


def _add_attributes(handle: Handle, known: Props, changed: set[str]) -> None:
    if "schemas" not in changed:
        return
    pool = handle.call("describe_user_pool", UserPoolId=known["id"])["UserPool"]
    there = {attribute["Name"] for attribute in pool["SchemaAttributes"]}
    wanted = send(_SCHEMA, known.get("schemas") or [])
    added = [each for each in wanted if not {each["Name"], f"custom:{each['Name']}"} & there]
    if added:
        handle.call("add_custom_attributes", UserPoolId=known["id"], CustomAttributes=added)


def _endpoint(handle: Handle, known: Props) -> Props:
    return {"endpoint": f"cognito-idp.{handle.region}.amazonaws.com/{known['id']}"}


USER_POOL = ResourceType(
    "aws:cognito/userPool:UserPool",
    noun="user pool",
    service="cognito-idp",
    name="name",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>[\w-]+_\w+)",
    props=(
        # The emulator cannot change it.
        prop("name", aws="PoolName", reads="Name", replace=ALWAYS),
        prop("aliasAttributes", Kind.SET, replace=ALWAYS),
        prop("usernameAttributes", Kind.SET, replace=ALWAYS),
        block("usernameConfiguration", prop("caseSensitive", Kind.FLAG, required=True), replace=ALWAYS),
        _SCHEMA,
        *_POOL,
        *_MFA,
        output("id"),
        output("arn"),
        output("creationDate", Kind.TIME),
        output("lastModifiedDate", Kind.TIME),
        output("customDomain", default=""),
        output("domain", default=""),
        output("estimatedNumberOfUsers", Kind.WHOLE),
        computed("endpoint"),
    ),
    create=call(
        "create_user_pool",
        sends=("name", "aliasAttributes", "usernameAttributes", "usernameConfiguration", _SCHEMA, *_POOL),
    ),
    read=(
        call("describe_user_pool", _POOL_ID, at=("UserPool",)),
        call("get_user_pool_mfa_config", _POOL_ID),
    ),
    update=(call("update_user_pool", _POOL_ID, sends=_POOL),),
    settings=(call("set_user_pool_mfa_config", _POOL_ID, sends=_MFA),),
    updated=_add_attributes,
    complete=_endpoint,
    unsettled=lambda _, changed: {"lastModifiedDate"} if changed else set(),
    delete=call("delete_user_pool", _POOL_ID),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceArn": "arn"},
        pairs=False,
        on_create=False,
        read=call("list_tags_for_resource", at=("Tags",)),
    ),
)

ROWS = (USER_POOL,)
