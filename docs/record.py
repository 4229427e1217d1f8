"""Record the pictures of `durable` in docs/images, from real commands on the local stack.

Run `make pictures` after `make up`. Each picture shows a terminal, as SVG.
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


def output_of(command: str) -> Text:
    """Run a command in a terminal of its own, and return what it prints, with colours."""
    controller, terminal = pty.openpty()
    variables = {**os.environ, "COLUMNS": str(WIDTH), "LINES": str(LINES), "TERM": "xterm-256color"}
    process = subprocess.Popen(  # noqa: S603 - only the commands above
        command.split(), stdin=terminal, stdout=terminal, stderr=terminal, env=variables
    )
    os.close(terminal)
    output = b""
    while process.poll() is None or select.select([controller], [], [], 0)[0]:
        if select.select([controller], [], [], 0.1)[0]:
            try:
                output += os.read(controller, 65_536)
            except OSError:
                break
    os.close(controller)
    screen = pyte.Screen(WIDTH, LINES)
    pyte.ByteStream(screen).feed(output)
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
    """Record all pictures, of one order from start to end."""
    name = f"order-{int(time.time()) % 10_000}"
    IMAGES.mkdir(exist_ok=True)
    with open(os.devnull, "w") as devnull:
        for picture, commands in PICTURES.items():
            console = Console(width=WIDTH, record=True, file=devnull, force_terminal=True, highlight=False)
            for command in commands:
                line = command.format(name=name, order=ORDER)
                console.print(f"[bold green]$[/bold green] [bold]{line}[/bold]")
                console.print(output_of(line), end="\n\n")
                if line == commands[0] and picture == "start":
                    time.sleep(6)  # so that the execution waits for a person in the picture
            svg = console.export_svg(title="durable")
            # Rich's SVG would fetch a font from the internet; the reader's own monospaced font is good enough.
            (IMAGES / f"{picture}.svg").write_text(re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL))
            sys.stdout.write(f"docs/images/{picture}.svg\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
