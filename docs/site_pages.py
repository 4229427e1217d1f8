"""What `make site` adds to the pages of docs/: the examples with their code, CHANGELOG, CONTRIBUTING, and scripts for the theme.

MkDocs calls the functions of this module by their names.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLES = PROJECT / "examples"
SCRIPTS = PROJECT / "docs/browser/node_modules"
_LANGUAGES = {".py": "python", ".mjs": "javascript"}
# Turns links between files of the repository into links between pages of the site.
_BETWEEN_EXAMPLES = (
    (re.compile(r"\]\(\.\./README\.md"), "](index.md"),
    (re.compile(r"\]\((\w+)/README\.md"), r"](\1.md"),
    (re.compile(r"\[([^]]+)\]\(\.\./(?!docs/)[^)]+\)"), r"`\1`"),  # sources, which are not pages
    (re.compile(r"\]\(\.\./docs/"), "](../"),
)
_FROM_PROJECT = ((re.compile(r"\]\(docs/"), "]("),)
_FROM_PAGES = (
    (re.compile(r"\[([^]]+)\]\(\.\./components/[^)]+\)"), r"`\1`"),
    (re.compile(r"\]\(\.\./CHANGELOG\.md"), "](changelog.md"),
    (re.compile(r"\]\(\.\./CONTRIBUTING\.md"), "](contributing.md"),
    (re.compile(r"\]\(\.\./examples/README\.md"), "](examples/index.md"),
    (re.compile(r"\]\(\.\./examples/(\w+)/README\.md"), r"](examples/\1.md"),
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add pages for the examples, the changelog and CONTRIBUTING.md, and the scripts that draw diagrams and search offline."""
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        text = _linked((PROJECT / name).read_text(), _FROM_PROJECT)
        files.append(File.generated(config, name.lower(), content=text))
    files.append(_generated(config, "examples/index.md", EXAMPLES))
    for example in sorted(path.parent for path in EXAMPLES.glob("*/__main__.py")):
        files.append(_generated(config, f"examples/{example.name}.md", example))
    for name, path in {
        "mermaid.js": "@mermaid-js/tiny/dist/mermaid.tiny.js",
        "iframe-worker.js": "iframe-worker/shim/index.js",
    }.items():
        files.append(File.generated(config, f"assets/{name}", abs_src_path=str(SCRIPTS / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to examples into links to their pages, and links to sources into names."""
    return _linked(markdown, _FROM_PAGES)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Name the theme's search for screen readers, and load the large script for diagrams only on pages with diagrams."""
    output = output.replace(
        'data-md-component="search" role="dialog"',
        'data-md-component="search" role="dialog" aria-label="Search"',
    )
    if 'class="mermaid"' not in output:
        return output
    root = "../" * page.url.count("/")
    return output.replace("</body>", f'<script src="{root}assets/mermaid.js"></script></body>')


def _generated(config: MkDocsConfig, uri: str, folder: Path) -> File:
    text = _linked((folder / "README.md").read_text(), _BETWEEN_EXAMPLES)
    return File.generated(config, uri, content=text + "".join(_code(folder)))


def _linked(text: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def _code(example: Path) -> list[str]:
    """Return an example's files as Markdown, the program first."""
    parts = ["\n## The code\n"] if (example / "__main__.py").exists() else []
    for path in sorted(example.glob("*.py")) + sorted(example.glob("*/*.*")) if parts else []:
        if path.suffix in _LANGUAGES:
            name = path.relative_to(example)
            parts.append(f'\n```{_LANGUAGES[path.suffix]} title="{name}"\n{path.read_text()}```\n')
    return parts
