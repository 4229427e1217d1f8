"""Lambda: aliases, permissions, and what a function has one of."""

from differential.reasons import EARLIER, EMPTY, FILLED, REPORTED
from differential.subject import Request, Subject, change, differing, each, to
from differential.world import ACCOUNT, BUS, DEAD, FUNCTION, OTHER_TOPIC, QUEUE, of_function

_ARN = FUNCTION.replace("shared", "NAME")
_PARTIAL = f"{ACCOUNT}:function:NAME"
_ALIASED = (
    of_function("NAME"),
    Request("lambda", "update_function_configuration", {"FunctionName": "NAME", "Description": "2"}),
    Request("lambda", "publish_version", {"FunctionName": "NAME"}),
    Request("lambda", "create_alias", {"FunctionName": "NAME", "Name": "live", "FunctionVersion": "1"}),
    Request("lambda", "create_alias", {"FunctionName": "NAME", "Name": "next", "FunctionVersion": "2"}),
)


def _weights(**weights: float) -> dict[str, dict[str, float]]:
    return {"additionalVersionWeights": {key.removeprefix("v"): value for key, value in weights.items()}}


ALIAS = Subject(
    "aws:lambda/alias:Alias",
    "aws_lambda_alias",
    base={"name": "here", "functionName": "NAME", "functionVersion": "1"},
    world=_ALIASED,
    reads=(
        Request("lambda", "get_alias", {"FunctionName": "{functionName}", "Name": "{name}"}),
        Request("lambda", "list_aliases", {"FunctionName": "{functionName}"}, "Aliases"),
    ),
    changes=(
        to("name", "there"),
        to("name", "1", "a b", "n" * 129, "$LATEST", explained=EARLIER),
        to("functionName", _ARN, "other", "a b"),
        change("functionName from its ARN", {"functionName": "NAME"}, {"functionName": _ARN}),
        change("functionName and version", {"functionName": _ARN, "functionVersion": "2"}),
        to("functionVersion", "2", "$LATEST", "two"),
        each("description", "one", "two"),
        to("description", "d" * 257, explained=EARLIER),
        each("routingConfig", _weights(v2=0.1), _weights(v2=0.5)),
        change(
            "routingConfig emptied",
            {"routingConfig": {"additionalVersionWeights": {}}},
            {"routingConfig": _weights(v2=0.1)},
            explained=EMPTY,
        ),
        change(
            "version, changed by somebody else",
            {},
            behind=(
                Request(
                    "lambda", "update_alias", {"FunctionName": "NAME", "Name": "here", "FunctionVersion": "2"}
                ),
            ),
        ),
        change(
            "weights, put by somebody else",
            {},
            behind=(
                Request(
                    "lambda",
                    "update_alias",
                    {
                        "FunctionName": "NAME",
                        "Name": "here",
                        "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.3}},
                    },
                ),
            ),
        ),
        change(
            "gone", {}, behind=(Request("lambda", "delete_alias", {"FunctionName": "NAME", "Name": "here"}),)
        ),
    ),
)

_ROOT = f"arn:aws:iam::{ACCOUNT}:root"
_OTHERS = "arn:aws:iam::111122223333:root"

PERMISSION = Subject(
    "aws:lambda/permission:Permission",
    "aws_lambda_permission",
    names={"function": "function_name"},
    base={
        "statementId": "here",
        "function": "NAME",
        "action": "lambda:InvokeFunction",
        "principal": "events.amazonaws.com",
    },
    world=_ALIASED,
    reads=(
        Request("lambda", "get_policy", {"FunctionName": "NAME"}, "Policy"),
        Request("lambda", "get_policy", {"FunctionName": "NAME", "Qualifier": "live"}, "Policy"),
        Request("lambda", "get_policy", {"FunctionName": "NAME", "Qualifier": "next"}, "Policy"),
    ),
    changes=(
        to("statementId", "there", "a b", "s" * 101),
        change(
            "statementIdPrefix instead of statementId", {"statementId": None, "statementIdPrefix": "here-"}
        ),
        change("statementId with statementIdPrefix", {"statementIdPrefix": "here-"}),
        to("function", _ARN, "other", "a b"),
        change("function from its ARN", {"function": "NAME"}, {"function": _ARN}),
        change(
            "qualified function from its ARN", {"function": "NAME"}, {"function": _ARN, "qualifier": "live"}
        ),
        each("qualifier", "live", "next"),
        change("function to its ARN, qualified", {"function": _ARN}, {"qualifier": "live"}),
        to("qualifier", "a b", "$LATEST"),
        to("action", "lambda:InvokeFunctionUrl", "lambda:*", "invoke", "s3:GetObject"),
        to("principal", "s3.amazonaws.com", ACCOUNT, _ROOT, "111122223333", _OTHERS, "*"),
        change("principal nothing", {}, {"principal": _ROOT}),
        change("principal account, nothing", {}, {"principal": ACCOUNT}),
        change("principal of another account, nothing", {}, {"principal": _OTHERS}),
        change("principal * nothing", {}, {"principal": "*"}),
        change("principal from account to root", {"principal": _OTHERS}, {"principal": "111122223333"}),
        change("principal from root to account", {"principal": "111122223333"}, {"principal": _OTHERS}),
        change("principal a role, nothing", {}, {"principal": f"arn:aws:iam::{ACCOUNT}:role/shared"}),
        each("sourceArn", QUEUE, DEAD),
        to("sourceArn", "queue"),
        each("sourceAccount", ACCOUNT, "111122223333"),
        to("sourceAccount", "12", "abc"),
        each("eventSourceToken", "one", "two", beside={"principal": "alexa-appkit.amazon.com"}),
        to("eventSourceToken", "a b", "t" * 257),
        each(
            "functionUrlAuthType",
            "NONE",
            "AWS_IAM",
            beside={"action": "lambda:InvokeFunctionUrl", "principal": "*"},
        ),
        to("functionUrlAuthType", "ALL"),
        each("principalOrgId", "o-1234567890", "o-abcdefghij", beside={"principal": "*"}),
        change(
            "gone",
            {},
            behind=(Request("lambda", "remove_permission", {"FunctionName": "NAME", "StatementId": "here"}),),
        ),
    ),
)

_QUALIFIED = {"FunctionName": "{functionName}", "Qualifier": "{qualifier}"}

PROVISIONED_CONCURRENCY = Subject(
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
    "aws_lambda_provisioned_concurrency_config",
    base={"functionName": "NAME", "qualifier": "live", "provisionedConcurrentExecutions": 1},
    world=_ALIASED,
    reads=(Request("lambda", "get_provisioned_concurrency_config", _QUALIFIED),),
    changes=(
        to("functionName", _ARN, "a b"),
        to("qualifier", "next", "1", ""),
        to("provisionedConcurrentExecutions", 2, 0),
        each("skipDestroy", True, False),
    ),
)

RECURSION_CONFIG = Subject(
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
    "aws_lambda_function_recursion_config",
    base={"functionName": "NAME", "recursiveLoop": "Allow"},
    world=(*_ALIASED, of_function("NAME-2")),
    reads=(Request("lambda", "get_function_recursion_config", {"FunctionName": "{functionName}"}),),
    changes=(to("functionName", "NAME-2"), to("recursiveLoop", "Terminate", "Perhaps")),
)


def _on(result: str, destination: str) -> dict[str, dict[str, str]]:
    return {result: {"destination": destination}}


EVENT_INVOKE_CONFIG = Subject(
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws_lambda_function_event_invoke_config",
    base={"functionName": "NAME", "maximumRetryAttempts": 1, "maximumEventAgeInSeconds": 300},
    world=_ALIASED,
    reads=(
        Request(
            "lambda",
            "list_function_event_invoke_configs",
            {"FunctionName": "NAME"},
            "FunctionEventInvokeConfigs",
        ),
    ),
    changes=(
        to("functionName", _ARN, "a b"),
        each("qualifier", "live", "next"),
        to("qualifier", "1", "$LATEST"),
        differing(
            each("maximumEventAgeInSeconds", 60, 120),
            FILLED,
            "maximumEventAgeInSeconds set",
            "maximumEventAgeInSeconds removed",
        ),
        to("maximumEventAgeInSeconds", 59, 21_600, 21_601),
        to("maximumRetryAttempts", 0, 2, 3, -1),
        change("maximumRetryAttempts removed", {"maximumRetryAttempts": None}),
        each(
            "destinationConfig",
            _on("onFailure", QUEUE),
            _on("onFailure", OTHER_TOPIC),
            label="destinationConfig.onFailure",
        ),
        each(
            "destinationConfig",
            _on("onSuccess", QUEUE),
            _on("onSuccess", BUS),
            label="destinationConfig.onSuccess",
        ),
        change(
            "destinationConfig.onSuccess removed beside onFailure",
            {"destinationConfig": _on("onFailure", QUEUE)},
            {"destinationConfig": _on("onFailure", QUEUE) | _on("onSuccess", DEAD)},
        ),
        to("destinationConfig", _on("onFailure", "queue")),
        change(
            "gone",
            {},
            behind=(Request("lambda", "delete_function_event_invoke_config", {"FunctionName": "NAME"}),),
        ),
    ),
)

_CORS = {"allowOrigins": ["https://a.example"], "allowMethods": ["GET"], "maxAge": 60}

FUNCTION_URL = Subject(
    "aws:lambda/functionUrl:FunctionUrl",
    "aws_lambda_function_url",
    base={"functionName": "NAME", "authorizationType": "AWS_IAM"},
    world=_ALIASED,
    reads=(
        Request("lambda", "list_function_url_configs", {"FunctionName": "NAME"}, "FunctionUrlConfigs"),
        Request("lambda", "get_policy", {"FunctionName": "NAME"}, "Policy"),
    ),
    changes=(
        to("functionName", _ARN, "a b"),
        change("functionName from its ARN", {"functionName": "NAME"}, {"functionName": _ARN}),
        each("qualifier", "live", "next"),
        to("qualifier", "a b"),
        to("authorizationType", "NONE", "ALL"),
        change(
            "authorizationType from NONE", {"authorizationType": "AWS_IAM"}, {"authorizationType": "NONE"}
        ),
        each("invokeMode", "RESPONSE_STREAM", "BUFFERED"),
        to("invokeMode", "FAST"),
        differing(
            each(
                "cors", _CORS, {**_CORS, "allowCredentials": True, "allowHeaders": ["a", "b"], "maxAge": 120}
            ),
            REPORTED,
            "cors removed",
        ),
        change(
            "cors.allowMethods removed",
            {"cors": {"allowOrigins": ["*"]}},
            {"cors": {"allowOrigins": ["*"], "allowMethods": ["GET"]}},
        ),
        change(
            "cors reordered",
            {"cors": {"allowOrigins": ["https://b.example", "https://a.example"]}},
            {"cors": {"allowOrigins": ["https://a.example", "https://b.example"]}},
        ),
        to("cors", {"maxAge": 86_401}),
        to("cors", {"maxAge": -1}, explained=EARLIER),
        change(
            "gone", {}, behind=(Request("lambda", "delete_function_url_config", {"FunctionName": "NAME"}),)
        ),
    ),
)

SUBJECTS = (ALIAS, PERMISSION, PROVISIONED_CONCURRENCY, RECURSION_CONFIG, EVENT_INVOKE_CONFIG, FUNCTION_URL)
