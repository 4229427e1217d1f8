"""Requests to an ASGI application in this process."""

import asyncio
from contextlib import closing
from typing import Any

import httpx


def send(app: Any, method: str, path: str, **request: Any) -> httpx.Response:
    """Send one request to an application and return its response."""

    async def call() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://local") as client:
            return await client.request(method, path, **request)

    # Not asyncio.run: it leaves this thread without an event loop, which the SDK of the tests after it looks for.
    with closing(asyncio.new_event_loop()) as loop:
        return loop.run_until_complete(call())
