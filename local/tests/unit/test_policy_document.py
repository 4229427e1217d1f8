"""The policy documents that `getPolicyDocument` writes, as the AWS provider does."""

import json
from typing import Any

import pytest

from aws_provider.failures import ProviderError
from aws_provider.policy_document import policy_document

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def written(**args: Any) -> Any:
    return json.loads(policy_document(args)["json"])


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"actions": ["s3:GetObject"], "resources": ["*"]}, ALLOW),
        (
            {"sid": "A", "effect": "Deny", "notActions": ["s3:A", "s3:B"], "notResources": ["r"]},
            {"Sid": "A", "Effect": "Deny", "NotAction": ["s3:B", "s3:A"], "NotResource": "r"},
        ),
        (
            {"principals": [{"type": "*", "identifiers": ["*"]}]},
            {"Effect": "Allow", "Principal": "*"},
        ),
        (
            {
                "principals": [
                    {"type": "Service", "identifiers": ["lambda.amazonaws.com"]},
                    {"type": "AWS", "identifiers": ["1", "2"]},
                ],
                "notPrincipals": [{"type": "AWS", "identifiers": ["3"]}],
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com", "AWS": ["2", "1"]},
                "NotPrincipal": {"AWS": "3"},
            },
        ),
        (
            {
                "resources": ["arn:aws:s3:::b/&{aws:username}"],
                "conditions": [
                    {"test": "StringEquals", "variable": "aws:a", "values": ["1"]},
                    {"test": "StringEquals", "variable": "aws:b", "values": ["2", "1"]},
                ],
            },
            {
                "Effect": "Allow",
                "Resource": "arn:aws:s3:::b/${aws:username}",
                "Condition": {"StringEquals": {"aws:a": "1", "aws:b": ["2", "1"]}},
            },
        ),
    ],
)
def test_a_statement(statement: dict[str, Any], expected: dict[str, Any]) -> None:
    assert written(statements=[statement]) == {"Version": "2012-10-17", "Statement": [expected]}


def test_documents_are_merged_by_sid() -> None:
    first = json.dumps({"Version": "2012-10-17", "Id": "first", "Statement": {"Sid": "A", **ALLOW}})
    last = json.dumps({"Statement": [{"Sid": "B", "Effect": "Deny"}]})
    statements = [{"sid": "A", "actions": ["x"]}, {"sid": "B", "actions": ["y"]}]
    assert written(
        sourcePolicyDocuments=[first],
        statements=statements,
        overridePolicyDocuments=[last],
        version="2008-10-17",
    ) == {
        "Version": "2008-10-17",
        "Id": "first",
        "Statement": [{"Sid": "A", "Effect": "Allow", "Action": "x"}, {"Sid": "B", "Effect": "Deny"}],
    }


def test_the_same_document_is_also_there_without_spaces() -> None:
    made = policy_document({"statements": [{"actions": ["s3:GetObject"], "resources": ["*"]}]})
    assert json.loads(made["minifiedJson"]) == json.loads(made["json"])
    assert " " not in made["minifiedJson"]
    assert made["id"] == policy_document({"statements": made["statements"]})["id"]


@pytest.mark.parametrize(("text", "told"), [("{", "is not valid JSON"), ("[]", "must be a JSON object")])
def test_a_document_that_cannot_be_merged_is_refused(text: str, told: str) -> None:
    with pytest.raises(ProviderError, match=told):
        policy_document({"sourcePolicyDocuments": [text]})
