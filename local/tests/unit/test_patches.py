"""Patches of REST APIs, as AWS documents them."""

from typing import Any

import pytest

from local_cloud.gateway.patches import patched


@pytest.mark.parametrize(
    ("before", "operation", "after"),
    [
        ({"a": "1"}, ("replace", "/a", "2"), {"a": "2"}),
        ({}, ("add", "/variables/debug", "true"), {"variables": {"debug": "true"}}),
        ({"on": False}, ("replace", "/on", "true"), {"on": True}),
        ({"on": True}, ("replace", "/on", "false"), {"on": False}),
        ({"on": False}, ("replace", "/on", True), {"on": True}),
        ({"milliseconds": 29_000}, ("replace", "/milliseconds", "50"), {"milliseconds": 50}),
        ({}, ("add", "/requestParameters/method.x", "true"), {"requestParameters": {"method.x": True}}),
        (
            {},
            ("add", "/requestParameters/method.x", "'Event'"),
            {"requestParameters": {"method.x": "'Event'"}},
        ),
        ({}, ("add", "/requestModels/application~1json", "M"), {"requestModels": {"application/json": "M"}}),
        ({"m": {"a~b": "1"}}, ("remove", "/m/a~0b", None), {"m": {}}),
        ({"a": "1"}, ("remove", "/a", None), {}),
        ({"a": "1"}, ("remove", "/b", None), {"a": "1"}),
        (
            {"binaryMediaTypes": ["a/b"]},
            ("add", "/binaryMediaTypes/c~1d", None),
            {"binaryMediaTypes": ["a/b", "c/d"]},
        ),
        ({"binaryMediaTypes": ["a/b"]}, ("remove", "/binaryMediaTypes/a~1b", None), {"binaryMediaTypes": []}),
        ({}, ("add", "/authorizationScopes", "s"), {"authorizationScopes": ["s"]}),
        (
            {"authorizationScopes": ["r", "s"]},
            ("remove", "/authorizationScopes", "r"),
            {"authorizationScopes": ["s"]},
        ),
        ({"e": {"types": ["EDGE"]}}, ("replace", "/e/types/0", "REGIONAL"), {"e": {"types": ["REGIONAL"]}}),
    ],
)
def test_a_patch(before: dict[str, Any], operation: tuple[str, str, Any], after: dict[str, Any]) -> None:
    op, path, value = operation
    assert patched(before, [{"op": op, "path": path, "value": value}]) == after
