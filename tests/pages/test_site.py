"""The site of `make site`, as a browser shows it from a disk, without a network."""

import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect

PROJECT = Path(__file__).parents[2]
MAIN = (
    "index",
    "concepts",
    "recipes",
    "examples/index",
    "troubleshooting",
    "comparison",
    "reference/durable-function",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        ["make", "site", f"SITE={folder}"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return folder


class Contents(HTMLParser):
    """The links of a page, what it loads, and the anchors in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value is not None}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        self.loaded += [given["src"]] if "src" in given else []
        self.loaded += [given["href"]] if tag == "link" and given.get("rel") != "canonical" else []


def test_each_link_leads_somewhere(site: Path) -> None:
    pages = {page.resolve(): Contents(page) for page in site.rglob("*.html") if page.name != "404.html"}
    assert len(pages) > 35
    broken, inside = [], 0
    for page, contents in pages.items():
        for link in contents.links + contents.loaded:
            target, anchor = urldefrag(unquote(link))
            if target.startswith(("https://", "http://", "data:")):
                assert link in contents.links, f"{page.name} loads {link}"
                continue
            inside += 1
            found = (page.parent / target).resolve() if target else page
            if not found.exists() or (anchor and anchor not in pages[found].anchors):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert broken == []
    assert inside > 1000


def opened(tab: Page, site: Path, name: str) -> list[str]:
    """Open a page; return what it complains of, and what it asks of others."""
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))

    def asked(request: Request) -> None:
        if not request.url.startswith((site.as_uri(), "data:", "blob:")):
            said.append(request.url)

    tab.on("request", asked)
    tab.goto((site / f"{name}.html").as_uri())
    return said


@pytest.mark.parametrize("name", MAIN)
def test_a_page_needs_nothing_and_keeps_nobody_out(tab: Page, site: Path, name: str) -> None:
    said = opened(tab, site, name)
    dark = tab.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    scheme = "slate" if dark else "default"
    expect(tab.locator("body")).to_have_attribute("data-md-color-scheme", scheme)
    # Without preload: axe would read the style sheets again, which a browser does not let a file do.
    found = Axe().run(tab, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    hindering = [each for each in found if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in hindering] == []
    assert said == []


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(offline=True, viewport={"width": 360, "height": 740})
    try:
        yield context.new_page()
    finally:
        context.close()


def test_no_page_is_wider_than_a_narrow_screen(phone: Page, site: Path) -> None:
    wide = {}
    for page in sorted(site.rglob("*.html")):
        phone.goto(page.as_uri())
        if (width := phone.evaluate("document.documentElement.scrollWidth")) > 360:
            wide[page.relative_to(site).as_posix()] = width
    assert wide == {}


def test_diagrams_are_drawn(tab: Page, site: Path) -> None:
    said = opened(tab, site, "examples/order_saga")
    drawn = tab.locator("div.mermaid")
    expect(drawn).to_have_count(1)
    box = drawn.bounding_box()
    assert box is not None
    assert box["height"] > 100
    assert said == []


def test_the_search_finds_without_a_server(tab: Page, site: Path) -> None:
    said = opened(tab, site, "index")
    tab.get_by_placeholder("Search").fill("unqualified")
    expect(tab.locator(".md-search-result__item").first).to_contain_text("unqualified")
    assert said == []


def test_a_command_is_copied_without_its_prompt(browser: Browser, site: Path) -> None:
    context = browser.new_context(offline=True, permissions=["clipboard-read", "clipboard-write"])
    try:
        tab = context.new_page()
        tab.goto((site / "troubleshooting.html").as_uri())
        tab.get_by_role("button", name="Copy to clipboard").first.click()
        assert tab.evaluate("navigator.clipboard.readText()") == "durable doctor"
    finally:
        context.close()
