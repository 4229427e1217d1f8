"""What the command says of AWS's refusals: the reason, and what to do."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from ops.__main__ import explained


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "ListDurableExecutionsByFunction")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refusal("ExpiredTokenException"), "the credentials have expired: sign in again"),
        (refusal("RequestExpired"), "the credentials have expired: sign in again"),
        (refusal("UnrecognizedClientException"), "AWS does not know these credentials: check AWS_PROFILE"),
        (refusal("AccessDeniedException"), "these credentials lack a permission, see grant_read"),
        (NoCredentialsError(), "sign in to AWS, or for the local cloud: eval"),
        (NoRegionError(), "sign in to AWS, or for the local cloud: eval"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), "is it running? (make up)"),
        (refusal("ThrottlingException"), "(ThrottlingException)"),
    ],
)
def test_errors_say_what_to_do(error: Exception, said: str) -> None:
    assert said in explained(error)
    assert str(error) in explained(error)
