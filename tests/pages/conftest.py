"""A real browser, without a network: what a page needs must be in it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "google-chrome", "chromium-browser", "chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert path, (
        f"none of {', '.join(NAMES)} is on PATH: apt-get install chromium, or set CHROMIUM to its path"
    )
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = playwright.chromium.launch(executable_path=path, args=options)
        try:
            yield launched
        finally:
            launched.close()


@pytest.fixture(params=["light", "dark"])
def tab(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab that has no network, in both colour schemes."""
    context = browser.new_context(offline=True, color_scheme=request.param)
    try:
        yield context.new_page()
    finally:
        context.close()
