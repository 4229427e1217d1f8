"""Errors in the form AWS sends them, so that an SDK raises the class it has for them."""

import json
import uuid


class AwsError(Exception):
    """A refusal with AWS's code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> bytes:
        """The JSON body. AWS spells the message's key both ways, by exception; SDKs read their own."""
        return json.dumps({"Type": "User", "message": self.message, "Message": self.message}).encode()

    def headers(self) -> dict[str, str]:
        """The headers from which SDKs take the exception's class."""
        return {
            "content-type": "application/json",
            "x-amzn-errortype": self.code,
            "x-amzn-requestid": str(uuid.uuid4()),
        }


def invalid_parameter(message: str) -> AwsError:
    """400 InvalidParameterValueException."""
    return AwsError(400, "InvalidParameterValueException", message)


def failed_constraint(field: str, value: str, constraint: str) -> AwsError:
    """400 ValidationException, with the message of AWS's request validation."""
    return AwsError(
        400,
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: "
        f"Member must {constraint}",
    )


def not_found(message: str) -> AwsError:
    """404 ResourceNotFoundException."""
    return AwsError(404, "ResourceNotFoundException", message)


def too_large(limit: int) -> AwsError:
    """413 RequestTooLargeException for an Invoke whose payload exceeds `limit` bytes."""
    return AwsError(
        413,
        "RequestTooLargeException",
        f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
    )
