"""State machines, and user pools."""

import json

from scenes.scene import Made

ROLE = "arn:aws:iam::000000000000:role/any"
KEY = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:users:live"


def machine(comment: str) -> str:
    return json.dumps({"Comment": comment, "StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})


MACHINES = (
    Made(
        "machine",
        "aws:sfn/stateMachine:StateMachine",
        {"name": "orders", "definition": machine("first"), "roleArn": ROLE, "tags": {"a": "1"}},
        {
            "definition": machine("second"),
            "roleArn": f"{ROLE}-other",
            "publish": True,
            "loggingConfiguration": {
                "level": "ALL",
                "includeExecutionData": True,
                "logDestination": "arn:aws:logs:us-east-1:000000000000:log-group:machines:*",
            },
            "encryptionConfiguration": {
                "type": "CUSTOMER_MANAGED_KMS_KEY",
                "kmsKeyId": KEY,
                "kmsDataKeyReusePeriodSeconds": 600,
            },
            "tracingConfiguration": {"enabled": True},
            "tags": {"b": "2"},
        },
        {"name": "others", "type": "EXPRESS"},
        drift=(
            "stepfunctions",
            "update_state_machine",
            {"stateMachineArn": "${machine.arn}", "definition": machine("other")},
        ),
        drifts=("definition",),
    ),
)

USERS = (
    Made(
        "pool",
        "aws:cognito/userPool:UserPool",
        {
            "name": "customers",
            "usernameAttributes": ["email"],
            "autoVerifiedAttributes": ["email"],
            "passwordPolicy": {"minimumLength": 12, "requireNumbers": True},
            "schemas": [{"name": "tier", "attributeDataType": "String", "mutable": True}],
            "tags": {"a": "1"},
        },
        {
            "accountRecoverySetting": {"recoveryMechanisms": [{"name": "verified_email", "priority": 1}]},
            "adminCreateUserConfig": {
                "allowAdminCreateUserOnly": True,
                "inviteMessageTemplate": {
                    "emailMessage": "{username} {####}",
                    "emailSubject": "welcome",
                    "smsMessage": "{username} {####}",
                },
            },
            "autoVerifiedAttributes": None,
            "deletionProtection": "ACTIVE",
            "deviceConfiguration": {
                "challengeRequiredOnNewDevice": True,
                "deviceOnlyRememberedOnUserPrompt": True,
            },
            "emailConfiguration": {
                "configurationSet": "set",
                "emailSendingAccount": "DEVELOPER",
                "fromEmailAddress": "shop@example.com",
                "replyToEmailAddress": "shop@example.com",
                "sourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
            },
            "emailMfaConfiguration": {"message": "{####}", "subject": "code"},
            "emailVerificationMessage": "{####}",
            "emailVerificationSubject": "code",
            "lambdaConfig": {
                "createAuthChallenge": FUNCTION,
                "customMessage": FUNCTION,
                "defineAuthChallenge": FUNCTION,
                "postAuthentication": FUNCTION,
                "postConfirmation": FUNCTION,
                "preAuthentication": FUNCTION,
                "preSignUp": FUNCTION,
                "preTokenGeneration": FUNCTION,
                "preTokenGenerationConfig": {"lambdaArn": FUNCTION, "lambdaVersion": "V2_0"},
                "userMigration": FUNCTION,
                "verifyAuthChallengeResponse": FUNCTION,
                "kmsKeyId": KEY,
                "customEmailSender": {"lambdaArn": FUNCTION, "lambdaVersion": "V1_0"},
                "customSmsSender": {"lambdaArn": FUNCTION, "lambdaVersion": "V1_0"},
            },
            "mfaConfiguration": "OPTIONAL",
            "passwordPolicy": {
                "minimumLength": 10,
                "passwordHistorySize": 3,
                "requireLowercase": True,
                "requireSymbols": True,
                "requireUppercase": True,
                "temporaryPasswordValidityDays": 3,
            },
            "schemas": [
                {"name": "tier", "attributeDataType": "String", "mutable": True},
                {
                    "name": "points",
                    "attributeDataType": "Number",
                    "numberAttributeConstraints": {"minValue": "0", "maxValue": "9"},
                },
                {
                    "name": "city",
                    "attributeDataType": "String",
                    "developerOnlyAttribute": False,
                    "stringAttributeConstraints": {"minLength": "0", "maxLength": "9"},
                },
            ],
            "signInPolicy": {"allowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]},
            "smsAuthenticationMessage": "{####}",
            "smsConfiguration": {"externalId": "shop", "snsCallerArn": ROLE, "snsRegion": "us-east-1"},
            "smsVerificationMessage": "{####}",
            "softwareTokenMfaConfiguration": {"enabled": True},
            "userAttributeUpdateSettings": {"attributesRequireVerificationBeforeUpdates": ["email"]},
            "userPoolAddOns": {
                "advancedSecurityMode": "AUDIT",
                "advancedSecurityAdditionalFlows": {"customAuthMode": "AUDIT"},
            },
            "userPoolTier": "PLUS",
            "verificationMessageTemplate": {
                "defaultEmailOption": "CONFIRM_WITH_LINK",
                "emailMessage": "{####}",
                "emailMessageByLink": "{##here##}",
                "emailSubject": "code",
                "emailSubjectByLink": "link",
                "smsMessage": "{####}",
            },
            "webAuthnConfiguration": {"relyingPartyId": "example.com", "userVerification": "required"},
            "tags": {"b": "2"},
        },
        {
            "name": "others",
            "aliasAttributes": ["phone_number"],
            "usernameAttributes": ["phone_number"],
            "usernameConfiguration": {"caseSensitive": False},
        },
        import_differs=("schemas",),
    ),
    Made(
        "client",
        "aws:cognito/userPoolClient:UserPoolClient",
        {"name": "shop", "userPoolId": "${pool.id}", "explicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]},
        {
            "name": "till",
            "accessTokenValidity": 5,
            "allowedOauthFlows": ["code"],
            "allowedOauthFlowsUserPoolClient": True,
            "allowedOauthScopes": ["openid"],
            "analyticsConfiguration": {
                "applicationId": "0a1b",
                "externalId": "shop",
                "roleArn": ROLE,
                "userDataShared": True,
            },
            "authSessionValidity": 5,
            "callbackUrls": ["https://shop.example/back"],
            "defaultRedirectUri": "https://shop.example/back",
            "enablePropagateAdditionalUserContextData": True,
            "enableTokenRevocation": False,
            "explicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "idTokenValidity": 5,
            "logoutUrls": ["https://shop.example/out"],
            "preventUserExistenceErrors": "ENABLED",
            "readAttributes": ["email"],
            "refreshTokenRotation": {"feature": "ENABLED", "retryGracePeriodSeconds": 10},
            "refreshTokenValidity": 60,
            "supportedIdentityProviders": ["COGNITO"],
            "tokenValidityUnits": {"accessToken": "minutes", "idToken": "minutes", "refreshToken": "hours"},
            "writeAttributes": ["email"],
        },
        {"userPoolId": "us-east-1_other", "generateSecret": True},
        imported="${pool.id}/${client.id}",
    ),
    Made(
        "domain",
        "aws:cognito/userPoolDomain:UserPoolDomain",
        {"domain": "shop-customers", "userPoolId": "${pool.id}"},
        {"managedLoginVersion": 2},
        {
            "domain": "others",
            "userPoolId": "us-east-1_other",
            "certificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1",
        },
    ),
)
