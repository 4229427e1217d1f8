"""Lambda: functions and layers."""

from differential.reasons import EARLIER, NEWER, REPORTED, RUNTIME
from differential.subject import Code, Props, Request, Subject, change, differing, each, to
from differential.world import DEAD, KEY, LAYER, OTHER_ROLE, OTHER_TOPIC, ROLE

_ONE = Code("def handler(event, context):\n    return 1\n")
_TWO = Code("def handler(event, context):\n    return 2\n")
_NAMED = {"FunctionName": "{name}"}
_TAGS = ({"a": "1"}, {"a": "2", "b": "3"})
# Terraform makes one function after the other if their code is in files.
_BUCKET = {"s3Bucket": "shared", "s3Key": "code.zip"}
_NO_CODE: Props = {"s3Bucket": None, "s3Key": None}
_IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/shared:1"
_FILE = {"s3Bucket": None, "s3Key": None, "code": _ONE}
_JSON = {"logFormat": "JSON"}
_NO_SUCH_KEY = "11111111-2222-3333-4444-555555555555"

FUNCTION = Subject(
    "aws:lambda/function:Function",
    "aws_lambda_function",
    names={"name": "function_name", "code": "filename"},
    base={"name": "NAME", "role": ROLE, "handler": "index.handler", "runtime": "python3.13", **_BUCKET},
    reads=(
        Request("lambda", "get_function_configuration", _NAMED),
        Request("lambda", "list_versions_by_function", _NAMED, "Versions"),
        Request("lambda", "get_function_concurrency", _NAMED, "ReservedConcurrentExecutions"),
        Request("lambda", "get_function_code_signing_config", _NAMED, "CodeSigningConfigArn"),
        Request("lambda", "list_tags", {"Resource": "{arn}"}, "Tags"),
    ),
    changes=(
        to("name", "NAME-2", "a b"),
        to("name", "n" * 65, explained=EARLIER),
        to("role", OTHER_ROLE, "shared"),
        to("handler", "index.other", "h" * 129),
        to("handler", "a b", explained=EARLIER),
        to("runtime", "python3.12", "nodejs22.x"),
        to("runtime", "python99.9", explained=RUNTIME),
        each("description", "one", "two"),
        to("description", "d" * 257, explained=EARLIER),
        each("memorySize", 256, 10_240),
        to("memorySize", 127, 128),
        to("memorySize", 10_241, explained=NEWER),
        each("timeout", 60, 900),
        to("timeout", 0, 3, 901),
        differing(
            each("environment", {"variables": {"A": "1"}}, {"variables": {"A": "2", "B": "3"}}),
            REPORTED,
            "environment removed",
        ),
        change(
            "environment emptied",
            {"environment": {"variables": {}}},
            {"environment": {"variables": {"A": "1"}}},
        ),
        each("ephemeralStorage", {"size": 1024}, {"size": 2048}),
        to("ephemeralStorage", {"size": 512}, {"size": 511}, {"size": 10_241}),
        each("loggingConfig", _JSON, {"logFormat": "Text"}),
        each(
            "loggingConfig",
            {**_JSON, "logGroup": "shared"},
            {**_JSON, "logGroup": "other"},
            label="loggingConfig with logGroup",
        ),
        each(
            "loggingConfig",
            {**_JSON, "applicationLogLevel": "DEBUG", "systemLogLevel": "WARN"},
            {**_JSON, "applicationLogLevel": "ERROR", "systemLogLevel": "INFO"},
            label="loggingConfig with levels",
        ),
        change(
            "loggingConfig.applicationLogLevel removed",
            {"loggingConfig": _JSON},
            {"loggingConfig": {**_JSON, "applicationLogLevel": "DEBUG"}},
        ),
        change(
            "loggingConfig.logGroup removed",
            {"loggingConfig": _JSON},
            {"loggingConfig": {**_JSON, "logGroup": "shared"}},
        ),
        to("loggingConfig", {"logFormat": "XML"}, {**_JSON, "applicationLogLevel": "LOUD"}),
        each("tracingConfig", {"mode": "Active"}, {"mode": "PassThrough"}),
        to("tracingConfig", {"mode": "Passive"}),
        differing(
            each("deadLetterConfig", {"targetArn": DEAD}, {"targetArn": OTHER_TOPIC}),
            REPORTED,
            "deadLetterConfig removed",
        ),
        to("deadLetterConfig", {"targetArn": "dead"}),
        each("layers", [f"{LAYER}:1"], [f"{LAYER}:2"]),
        to("layers", ["shared:1"], [f"{LAYER}:1"] * 6),
        each("kmsKeyArn", KEY, KEY.replace("1111", "9999", 1), explained=REPORTED),
        to("kmsKeyArn", _NO_SUCH_KEY),
        each("snapStart", {"applyOn": "PublishedVersions"}),
        to("snapStart", {"applyOn": "Always"}),
        each("architectures", ["arm64"], ["x86_64"]),
        to("architectures", ["sparc"], ["arm64", "x86_64"]),
        to("packageType", "Zip", "Jar"),
        change(
            "to an image",
            {**_NO_CODE, "packageType": "Image", "imageUri": _IMAGE, "handler": None, "runtime": None},
        ),
        change("code nothing", {}, _FILE),
        change("code changed", {"code": _TWO}, _FILE),
        each("sourceCodeHash", "one", "two"),
        change("code from S3 to a file", _FILE),
        change("code from a file to S3", {**_BUCKET, "code": None}, _FILE),
        to("s3Key", "other.zip"),
        change("code and S3", {"code": _ONE}),
        change("no code", _NO_CODE),
        change("no key", {"s3Key": None}),
        change("no handler", {"handler": None}),
        change("no runtime", {"runtime": None}),
        each("publish", True, False),
        change("code, published", {"code": _TWO}, {**_FILE, "publish": True}),
        change("description, published", {"description": "two"}, {"publish": True, "description": "one"}),
        change("tags, published", {"tags": {"a": "2"}}, {"publish": True, "tags": {"a": "1"}}),
        change("publish and memory", {"publish": True, "memorySize": 256}),
        each("skipDestroy", True, False),
        each("reservedConcurrentExecutions", 5, 0),
        to("reservedConcurrentExecutions", -1, -2),
        each(
            "fileSystemConfig",
            {
                "arn": "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0",
                "localMountPath": "/mnt/a",
            },
            {
                "arn": "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0",
                "localMountPath": "/mnt/b",
            },
        ),
        to("fileSystemConfig", {"arn": "fs", "localMountPath": "/mnt/a"}),
        each("tags", *_TAGS),
        change(
            "memory, changed by somebody else",
            {},
            {"memorySize": 256},
            behind=(
                Request(
                    "lambda", "update_function_configuration", {"FunctionName": "NAME", "MemorySize": 512}
                ),
            ),
        ),
        change(
            "environment, changed by somebody else",
            {},
            explained=REPORTED,
            behind=(
                Request(
                    "lambda",
                    "update_function_configuration",
                    {"FunctionName": "NAME", "Environment": {"Variables": {"A": "1"}}},
                ),
            ),
        ),
        change(
            "concurrency, changed by somebody else",
            {},
            behind=(
                Request(
                    "lambda",
                    "put_function_concurrency",
                    {"FunctionName": "NAME", "ReservedConcurrentExecutions": 3},
                ),
            ),
        ),
        change("gone", {}, behind=(Request("lambda", "delete_function", {"FunctionName": "NAME"}),)),
    ),
)

LAYER_VERSION = Subject(
    "aws:lambda/layerVersion:LayerVersion",
    "aws_lambda_layer_version",
    names={"code": "filename"},
    base={"layerName": "NAME", **_BUCKET},
    reads=(Request("lambda", "list_layer_versions", {"LayerName": "{layerName}"}, "LayerVersions"),),
    changes=(
        to("layerName", "NAME-2", "n" * 141),
        to("layerName", "a b", explained=EARLIER),
        change("code nothing", {}, _FILE),
        change("code changed", {"code": _TWO}, _FILE),
        change("code from S3 to a file", _FILE),
        to("s3Key", "other.zip"),
        change("no code", {"s3Bucket": None, "s3Key": None}),
        change("code and S3", {"code": _ONE}),
        each("sourceCodeHash", "one", "two"),
        each("description", "one", "two"),
        to("description", "d" * 257, explained=EARLIER),
        each("licenseInfo", "MIT", "Apache-2.0"),
        to("licenseInfo", "l" * 513),
        each("compatibleRuntimes", ["python3.13"], ["python3.13", "python3.12"]),
        change(
            "compatibleRuntimes reordered",
            {"compatibleRuntimes": ["python3.12", "python3.13"]},
            {"compatibleRuntimes": ["python3.13", "python3.12"]},
        ),
        to("compatibleRuntimes", ["python99.9"], explained=RUNTIME),
        each("compatibleArchitectures", ["arm64"], ["arm64", "x86_64"]),
        to("compatibleArchitectures", ["sparc"]),
        each("skipDestroy", True, False),
    ),
)

SUBJECTS = (FUNCTION, LAYER_VERSION)
