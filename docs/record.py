"""Record the pictures of `durable` in docs/images, from commands that really run on the local stack.

`make pictures` after `make up`. Each picture is what a terminal would show, as SVG.
"""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
ORDER = "functions/sample-order.json"
WIDTH = 118
LINES = 120
STARTED = ["durable invoke orders {order} --name {name}", "durable list --limit 3", "durable show {name}"]
ENDED = ["durable approve {name} --by ann", "durable history {name} --follow", "durable history {name}"]
PICTURES = {
    "start": STARTED,
    "approve": ENDED,
    "doctor": ["durable doctor", "durable logs {name}"],
}


def shown(command: str) -> Text:
    """Run a command in a terminal of its own, and return what it writes, colours included."""
    ours, theirs = pty.openpty()
    variables = {**os.environ, "COLUMNS": str(WIDTH), "LINES": str(LINES), "TERM": "xterm-256color"}
    process = subprocess.Popen(  # noqa: S603 - the commands stand above
        command.split(), stdin=theirs, stdout=theirs, stderr=theirs, env=variables
    )
    os.close(theirs)
    written = b""
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                written += os.read(ours, 65_536)
            except OSError:
                break
    os.close(ours)
    screen = pyte.Screen(WIDTH, LINES)
    pyte.ByteStream(screen).feed(written)
    rows = [_row(screen.buffer[number]) for number in range(LINES)]
    while rows and not rows[-1].plain.strip():
        rows.pop()
    return Text("\n").join(rows)


def _row(cells: Any) -> Text:
    """Return a row of the screen with its colours."""
    row = Text()
    for column in range(WIDTH):
        cell = cells[column]
        colour = {"default": None, "brown": "yellow"}.get(cell.fg, cell.fg)
        row.append(cell.data, Style(color=colour, bold=cell.bold))
    row.rstrip()
    return row


def main() -> int:
    """Record every picture, of one order from its start to its end."""
    name = f"order-{int(time.time()) % 10_000}"
    IMAGES.mkdir(exist_ok=True)
    with open(os.devnull, "w") as nowhere:
        for picture, commands in PICTURES.items():
            console = Console(width=WIDTH, record=True, file=nowhere, force_terminal=True, highlight=False)
            for command in commands:
                words = command.format(name=name, order=ORDER)
                console.print(f"[bold green]$[/bold green] [bold]{words}[/bold]")
                console.print(shown(words), end="\n\n")
                if words == commands[0] and picture == "start":
                    time.sleep(6)  # for the picture: by then it waits for a person
            svg = console.export_svg(title="durable")
            # Rich would fetch its fonts from elsewhere; a reader's own monospaced one does.
            (IMAGES / f"{picture}.svg").write_text(re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL))
            sys.stdout.write(f"docs/images/{picture}.svg\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
