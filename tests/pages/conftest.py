"""A real browser, without a network: what a page needs must be in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import cloud

NAMES = ("chromium", "google-chrome", "chromium-browser", "chrome")


# A cloud of the session's own, for the pages that attack one.
__all__ = ["cloud"]


@contextmanager
def launched(*options: str) -> Iterator[Browser]:
    """A browser that was started with these options."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert path, (
        f"none of {', '.join(NAMES)} is on PATH: apt-get install chromium, or set CHROMIUM to its path"
    )
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=path, args=[*sandbox, *options])
        try:
            yield started
        finally:
            started.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture(params=["light", "dark"])
def tab(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab that has no network, in both colour schemes."""
    context = browser.new_context(offline=True, color_scheme=request.param)
    try:
        yield context.new_page()
    finally:
        context.close()
