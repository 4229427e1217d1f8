"""A request is authorized as the operation as which it is served, in however many ways it names one."""

import gzip
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from server import PYTHON, ROLE, Server, allowing, zipped
from signing import root_of, send_raw, signature

NAME = "limited"
ALLOWED = (
    "lambda:InvokeFunction",
    "secretsmanager:DescribeSecret",
    "ssm:GetParameter",
    "iam:GetUser",
    "sqs:GetQueueUrl",
    "s3:GetObject",
    "scheduler:GetSchedule",
    "cloudwatch:ListMetrics",
    "ses:GetAccount",
)
FUNCTION = f"/2015-03-31/functions/{NAME}"
JSON, FORM = "application/x-amz-json-1.1", "application/x-www-form-urlencoded"
CREATE = urlencode({"Action": "CreateUser", "UserName": "made", "Version": "2010-05-08"}).encode()
METRIC = "/service/GraniteServiceVersion20100801/operation/PutMetricData"


@pytest.fixture(scope="module")
def user(cloud: Server) -> Iterator[Credentials]:
    """The keys of a user with a few permissions, beside a function, a secret and a bucket."""
    iam, secrets, s3 = cloud.client("iam"), cloud.client("secretsmanager"), cloud.client("s3")
    iam.create_user(UserName=NAME)
    iam.put_user_policy(
        UserName=NAME, PolicyName="some", PolicyDocument=allowing(list(ALLOWED), Resource="*")
    )
    key = iam.create_access_key(UserName=NAME)["AccessKey"]
    cloud.aws.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=ROLE,
        Handler="index.handler",
        Code={"ZipFile": zipped(index__py=PYTHON)},
    )
    secrets.create_secret(Name=NAME, SecretString="precious")
    s3.create_bucket(Bucket=NAME)
    yield Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    cloud.aws.delete_function(FunctionName=NAME)
    s3.delete_bucket(Bucket=NAME)
    secrets.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    iam.delete_access_key(UserName=NAME, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=NAME, PolicyName="some")
    iam.delete_user(UserName=NAME)


def requested(
    cloud: Server, keys: Credentials, call: tuple[str, str, str, dict[str, str], bytes]
) -> tuple[int, bytes]:
    service, method, path, headers, body = call
    signed = signature(keys, method, cloud.endpoint + path, body, service)
    return send_raw(cloud.port, method, path, body, {**signed, **headers})


def target(name: str, content_type: str = JSON) -> dict[str, str]:
    return {"x-amz-target": name, "content-type": content_type}


@pytest.mark.parametrize(
    "call",
    [
        ("lambda", "PUT", f"{FUNCTION}/code?Action=InvokeFunction", {}, b"{}"),
        ("lambda", "DELETE", FUNCTION, target("x.InvokeFunction"), b""),
        ("lambda", "DELETE", FUNCTION, {"content-type": FORM}, b"Action=InvokeFunction"),
        ("lambda", "GET", "/x/functions", {}, b""),
        ("lambda", "POST", "/2014-11-13/functions", {}, b"{}"),
        ("lambda", "POST", f"/x/functions/{NAME}/invocations", {}, b"{}"),
        ("lambda", "POST", f"{FUNCTION}/url", {}, b'{"AuthType": "NONE"}'),
        ("lambda", "GET", f"{FUNCTION}?Qualifier=&Qualifier=live", {}, b""),
        *(
            ("lambda", "POST", path, {}, b"{}")
            for path in (
                "/2015-03-31/functions//",
                "/2015-03-31/functions///",
                "/2015-03-31/functions%2F",
                "/2015-03-31%2Ffunctions",
            )
        ),
        (
            "secretsmanager",
            "POST",
            "/?Action=DescribeSecret",
            target("secretsmanager.GetSecretValue"),
            json.dumps({"SecretId": NAME}).encode(),
        ),
        (
            "ssm",
            "POST",
            "/?Action=GetParameter",
            target("AmazonSSM.PutParameter"),
            b'{"Name": "made", "Value": "1", "Type": "String"}',
        ),
        ("iam", "POST", "/?Action=GetUser", {"content-type": FORM}, CREATE),
        ("iam", "POST", "/?Action=GetUser", {"content-type": "text/plain"}, CREATE),
        ("iam", "POST", "/", {"content-type": FORM}, b"Action=GetUser&" + CREATE),
        ("iam", "POST", "/", target("IAMService.GetUser", FORM), CREATE),
        ("iam", "POST", "/", target("IAMService.GetUser"), b'{"Action": "CreateUser", "UserName": "made"}'),
        (
            "iam",
            "POST",
            "/",
            target("IAMService.GetUser"),
            b'{"\\u0041ction": "CreateUser", "UserName": "made"}',
        ),
        ("sqs", "POST", "/", target("AmazonSQS.CreateQueue", FORM), b'{"QueueName": "&Action=GetQueueUrl"}'),
        # What the control plane would decode: the body, the path, and the service where the signature names none.
        (
            "iam",
            "POST",
            "/?Action=GetUser",
            {"content-type": FORM, "content-encoding": "gzip"},
            gzip.compress(CREATE),
        ),
        (
            "iam",
            "POST",
            "/?Action=GetUser",
            {"content-type": FORM, "x-amz-decoded-content-length": str(len(CREATE))},
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(CREATE), CREATE),
        ),
        ("iam", "POST", "/service/x/operation/GetUser", {"content-type": FORM}, CREATE),
        (
            "ssm",
            "POST",
            "/",
            {"X-Amz-Target": "AmazonSSM.GetParameter", **target("AmazonSSM.PutParameter")},
            b'{"Name": "made", "Value": "1", "Type": "String"}',
        ),
        ("iam", "POST", "/", target("IAMService.GetUser", "text/plain"), CREATE),
        ("sns", "POST", "/", target("x.ListTopics", "text/plain"), b"Action=CreateTopic&Name=made"),
        (
            "cloudformation",
            "POST",
            "/",
            target("CloudFormation_20100515.CreateStack"),
            b'{"StackName": "made"}',
        ),
        ("ecs", "POST", "/clusters?Action=ListClusters", {}, b'{"clusterName": "made"}'),
        ("monitoring", "POST", "/operation/PutMetricData?Action=ListMetrics&Namespace=made", {}, b""),
        ("scheduler", "POST", "/schedules%2Fmade", {}, b"{}"),
        ("pipes", "POST", "/v1/pipes%2Fmade", {}, b"{}"),
        ("s3", "GET", "/v2/_catalog", {}, b""),
        ("foo", "POST", "/?UserName=limited", {"content-type": FORM}, CREATE),
        ("foo", "POST", "/", {"content-type": FORM}, CREATE),
        ("foo", "POST", "/2015-03-31/%66unctions", {}, b"{}"),
        ("foo", "POST", f"/2015-03-31%2Ffunctions/{NAME}/invocations", {}, b"{}"),
        ("lambda", "GET", f"{FUNCTION}%2Fpolicy", {}, b""),
        ("lambda", "POST", "/2015-03-31/functions", {"content-encoding": "gzip"}, gzip.compress(b"{}")),
        ("s3", "PUT", f"/{NAME}/key?Action=GetObject", {"content-type": "text/plain"}, b"1"),
        ("s3", "PUT", f"/{NAME}/key", {"content-type": FORM}, b"Action=GetObject"),
        ("scheduler", "DELETE", "/schedules/none?Action=GetSchedule", {}, b""),
        ("monitoring", "POST", f"{METRIC}?Action=ListMetrics", {"smithy-protocol": "rpc-v2-cbor"}, b"\xa0"),
        ("monitoring", "POST", METRIC, {"smithy-protocol": "rpc-v2-cbor"}, b"\xa0"),
        (
            "ses",
            "POST",
            "/v2/email/identities?Action=GetAccount",
            {"content-type": "application/json"},
            b'{"EmailIdentity": "made.example"}',
        ),
        (
            "cognito-identity",
            "POST",
            "/",
            target("AWSCognitoIdentityService.GetCredentialsForIdentity"),
            b'{"IdentityId": "us-east-1:x"}',
        ),
    ],
    ids=lambda call: f"{call[0]} {call[1]} {call[2]}",
)
def test_no_other_operation_is_served(
    cloud: Server, user: Credentials, call: tuple[str, str, str, dict[str, str], bytes]
) -> None:
    status, answer = requested(cloud, user, call)
    assert status in {400, 403, 404}, answer
    assert b"precious" not in answer


@pytest.mark.parametrize(
    "path",
    [
        "/2021-11-15/functions/{}/response-streaming-invocations?Qualifier=1",
        "/2014-11-13/functions/{}:1/invoke-async",
    ],
)
def test_no_handler_of_a_durable_function_runs_without_an_execution(cloud: Server, path: str) -> None:
    name = cloud.deploy(zipped(index__py=PYTHON))
    status, answer = requested(cloud, root_of(cloud.cloud), ("lambda", "POST", path.format(name), {}, b"{}"))
    assert (status, b"are invoked by Invoke only" in answer) in {(400, True), (404, False)}, answer


def test_nothing_was_made(cloud: Server, user: Credentials) -> None:
    iam = cloud.client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_user(UserName="made")
    assert "Contents" not in cloud.client("s3").list_objects_v2(Bucket=NAME)
    assert cloud.client("lambda").get_function(FunctionName=NAME)
    with pytest.raises(ClientError, match="ParameterNotFound"):
        cloud.client("ssm").get_parameter(Name="made")


def test_each_operation_that_is_allowed_is_served(cloud: Server, user: Credentials) -> None:
    keys = {"aws_access_key_id": user.access_key, "aws_secret_access_key": user.secret_key}
    assert cloud.client("secretsmanager", **keys).describe_secret(SecretId=NAME)["Name"] == NAME
    assert cloud.client("iam", **keys).get_user(UserName=NAME)["User"]["UserName"] == NAME
    # A client of CloudWatch names it in the path.
    assert "Metrics" in cloud.client("cloudwatch", **keys).list_metrics()
    # It compresses what is large.
    many = [{"MetricName": f"metric {n}", "Value": n} for n in range(300)]
    cloud.client("cloudwatch").put_metric_data(Namespace="many", MetricData=many)
    with pytest.raises(ClientError, match="cloudwatch:PutMetricData"):
        cloud.client("cloudwatch", **keys).put_metric_data(Namespace="n", MetricData=[{"MetricName": "m"}])
