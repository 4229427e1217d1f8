"""The local cloud's provider, with a preview of every resource type: of those that it does not serve, the inputs as they are.

It runs in the provider's own environment, in place of `python -u -m aws_provider`.
"""

import sys
from typing import Any

from pulumi.runtime.proto import provider_pb2

from aws_provider import __main__, protocol  # type: ignore[import-not-found]
from aws_provider.types import TABLE  # type: ignore[import-not-found]


def _served(request: Any) -> bool:
    return request.urn.split("::")[2].rpartition("$")[2] in TABLE


class AnyType(protocol.Servicer):  # type: ignore[misc]
    """Nothing of a type that is not served is created: there is nothing to create it in."""

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        if _served(request):
            return super().Check(request, context)
        return provider_pb2.CheckResponse(inputs=request.news)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        if _served(request) or not request.preview:
            return super().Create(request, context)
        return provider_pb2.CreateResponse(properties=request.properties)


if __name__ == "__main__":
    protocol.Servicer = AnyType
    sys.argv[1:] = sys.argv[4:]  # without "-u -m aws_provider"
    __main__.main()
