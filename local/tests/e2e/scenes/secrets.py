"""Secrets, parameters and keys."""

import base64
import json

from scenes.scene import Made

ACCOUNT = "arn:aws:iam::000000000000:root"


def policy(action: str, **more: object) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


SECRETS = (
    Made(
        "key",
        "aws:kms/key:Key",
        {"description": "of the orders", "deletionWindowInDays": 7, "tags": {"a": "1"}},
        {
            "description": "of other orders",
            "policy": policy("kms:*"),
            "enableKeyRotation": True,
            "rotationPeriodInDays": 100,
            "tags": {"a": "2", "b": "3"},
        },
        {
            "keyUsage": "SIGN_VERIFY",
            "customerMasterKeySpec": "RSA_2048",
            "multiRegion": True,
            "customKeyStoreId": "cks-1234567890abcdef0",
            "xksKeyId": "external",
        },
        drift=("kms", "disable_key", {"KeyId": "${key.keyId}"}),
        drifts=("isEnabled",),
        import_differs=("deletionWindowInDays",),
    ),
    Made(
        "disabled",
        "aws:kms/key:Key",
        {"isEnabled": False, "bypassPolicyLockoutSafetyCheck": True, "policy": policy("kms:*")},
        {"isEnabled": True, "description": "was disabled", "policy": policy("kms:*", Sid="Other")},
        import_differs=("bypassPolicyLockoutSafetyCheck",),
    ),
    Made(
        "alias",
        "aws:kms/alias:Alias",
        {"name": "alias/orders", "targetKeyId": "${key.arn}"},
        {"targetKeyId": "${disabled.keyId}"},
        {"name": "alias/other"},
    ),
    Made(
        "grant",
        "aws:kms/grant:Grant",
        {
            "name": "grant",
            "keyId": "${key.keyId}",
            "granteePrincipal": ACCOUNT,
            "retiringPrincipal": ACCOUNT,
            "operations": ["Encrypt", "Decrypt"],
            "constraints": [{"encryptionContextEquals": {"order": "1"}}],
        },
        {},
        {
            "operations": ["Decrypt"],
            "constraints": [{"encryptionContextSubset": {"order": "1"}}],
            "grantCreationTokens": ["token"],
            "retireOnDelete": True,
        },
    ),
    Made(
        "secret",
        "aws:secretsmanager/secret:Secret",
        {"name": "orders/card", "recoveryWindowInDays": 0, "description": "a card"},
        {
            "description": None,
            "kmsKeyId": "${key.arn}",
            "policy": policy("secretsmanager:GetSecretValue"),
            "recoveryWindowInDays": 7,
            "tags": {"a": "1"},
        },
        {"name": "orders/other", "type": "Salesforce"},
        drift=("secretsmanager", "update_secret", {"SecretId": "${secret.arn}", "Description": "other"}),
        drifts=("description",),
        import_differs=("recoveryWindowInDays",),
    ),
    Made(
        "replicated",
        "aws:secretsmanager/secret:Secret",
        {
            "name": "replicated",
            "recoveryWindowInDays": 0,
            "forceOverwriteReplicaSecret": True,
            "replicas": [{"region": "eu-west-1"}, {"region": "us-west-2"}],
        },
        import_differs=("forceOverwriteReplicaSecret", "recoveryWindowInDays"),
    ),
    Made(
        "version",
        "aws:secretsmanager/secretVersion:SecretVersion",
        {"secretId": "${secret.id}", "secretString": "1234"},
        {"versionStages": ["AWSCURRENT", "mine"]},
        {"secretString": "5678", "secretBinary": base64.b64encode(b"x").decode(), "secretStringWoVersion": 2},
        stays=True,  # the current version of a secret is deleted with it
    ),
    Made(
        "binary-secret",
        "aws:secretsmanager/secret:Secret",
        {"name": "binary", "recoveryWindowInDays": 0},
        import_differs=("recoveryWindowInDays",),
    ),
    Made(
        "binary",
        "aws:secretsmanager/secretVersion:SecretVersion",
        {"secretId": "${binary-secret.id}", "secretBinary": base64.b64encode(b"\x00\xff").decode()},
        stays=True,
    ),
    Made(
        "unseen-secret",
        "aws:secretsmanager/secret:Secret",
        {"name": "unseen", "recoveryWindowInDays": 0},
        import_differs=("recoveryWindowInDays",),
    ),
    Made(
        "unseen",
        "aws:secretsmanager/secretVersion:SecretVersion",
        {"secretId": "${unseen-secret.id}", "secretStringWo": "9", "secretStringWoVersion": 1},
        import_differs=("secretString", "secretStringWo", "secretStringWoVersion"),
        stays=True,
    ),
    Made(
        "parameter",
        "aws:ssm/parameter:Parameter",
        {"name": "/orders/limit", "type": "String", "value": "10", "description": "of one order"},
        {
            "value": "20",
            "description": None,
            "allowedPattern": "\\d+",
            "tier": "Advanced",
            "overwrite": True,
            "tags": {"a": "1"},
        },
        {"name": "/orders/other", "dataType": "aws:ec2:image"},
        drift=("ssm", "put_parameter", {"Name": "/orders/limit", "Value": "99", "Overwrite": True}),
        drifts=("value",),
    ),
    Made(
        "hidden",
        "aws:ssm/parameter:Parameter",
        {
            "name": "hidden",
            "type": "SecureString",
            "value": "10",
            "keyId": "${alias.name}",
            "tier": "Advanced",
        },
        {"value": "11"},
        {"tier": "Standard"},
    ),
    Made(
        "plain",
        "aws:ssm/parameter:Parameter",
        {"name": "plain", "type": "StringList", "insecureValue": "a,b"},
        {"insecureValue": "a,b,c"},
        import_differs=("value", "insecureValue"),
    ),
    Made(
        "written",
        "aws:ssm/parameter:Parameter",
        {"name": "written", "type": "String", "valueWo": "a", "valueWoVersion": 1},
        {"valueWo": "b", "valueWoVersion": 2},
        import_differs=("value", "valueWo", "valueWoVersion"),
    ),
)
