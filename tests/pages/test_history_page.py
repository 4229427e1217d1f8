"""The page of an execution's history, as a browser shows it to people."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from cli.history import History
from cli.page import page
from tests.histories import EVENTS, EXECUTION, NOW, long_history


@pytest.fixture
def written(tmp_path: Path) -> Path:
    made = tmp_path / "history.html"
    made.write_text(page(EXECUTION, History(EVENTS), NOW), encoding="utf-8")
    return made


def opened(tab: Page, path: Path) -> list[str]:
    """Open a page, and return what it asks for or complains of."""
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("request", lambda request: said.append(request.url))
    tab.goto(path.as_uri())
    return said


def test_the_page_opens_offline_and_shows_each_operation(tab: Page, written: Path) -> None:
    assert opened(tab, written) == [written.as_uri()]
    assert tab.title() == "order-1: RUNNING"
    rows = tab.get_by_role("table", name="In the order in which they started").get_by_role("row")
    expect(rows.and_(tab.locator(".operation"))).to_have_count(5)
    expect(rows.nth(1)).to_contain_text("name of s")
    bars = [box for bar in tab.locator(".bar").all() if (box := bar.bounding_box())]
    assert len(bars) == 5
    # The callback began after the step had ended, and is still open.
    assert bars[2]["x"] > bars[0]["x"] + bars[0]["width"]


def test_nothing_keeps_the_page_from_anybody(tab: Page, written: Path) -> None:
    opened(tab, written)
    for summary in tab.locator("summary").all():
        summary.click()
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


def test_details_open_by_the_keyboard(tab: Page, written: Path) -> None:
    opened(tab, written)
    error = tab.locator("tr.more", has_text="name of i").locator("dd", has_text="OSError")
    expect(error).to_be_hidden()
    tab.locator("tr.more", has_text="name of i").locator("summary").focus()
    tab.keyboard.press("Enter")
    expect(error).to_be_visible()


def test_a_narrow_screen_scrolls_the_table_and_not_the_page(tab: Page, written: Path) -> None:
    tab.set_viewport_size({"width": 360, "height": 740})
    opened(tab, written)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    box = tab.get_by_text("In the order in which they started").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 360
    assert tab.locator(".more dl").first.evaluate("each => each.clientWidth") <= 360


def test_three_thousand_operations_open(tab: Page, tmp_path: Path) -> None:
    made = tmp_path / "long.html"
    made.write_text(page(EXECUTION, long_history(), NOW), encoding="utf-8")
    opened(tab, made)
    expect(tab.locator("tbody tr.operation")).to_have_count(3000)
