"""`python -m bench [PART ...]`: measure, print the tables, and with --record put them into docs/performance.md."""

import argparse
import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.markup import escape

from bench import command, gateway, hostile, loop, overhead, packaging, peers, steadiness
from bench.report import Results, machine, markdown, record, show
from bench.sandbox import BenchError, sandbox

PARTS = ("overhead", "loop", "packaging", "hostile", "gateway", "steadiness", "command", "peers")
ALONE: dict[str, Callable[[int, Callable[[str], None]], Results]] = {
    "loop": loop.measure,
    "packaging": packaging.measure,
    "hostile": hostile.measure,
}
"""The parts that need no sandbox."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def measure(part: str, runs: int, quick: bool, progress: Callable[[str], None]) -> Results:
    """Run one part; some parts need a sandbox."""
    if alone := ALONE.get(part):
        return alone(runs, progress)
    with sandbox() as box:
        match part:
            case "overhead":
                return overhead.measure(box, runs, quick, progress)
            case "gateway":
                return gateway.measure(box, runs, quick, progress)
            case "steadiness":
                return steadiness.measure(box, quick, progress)
            case "command":
                return command.measure(box, runs, progress)
            case _:
                return peers.measure(box, runs, progress)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts; a missed goal is shown, but is not a failure."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures the project, compared with something else.",
    )
    parser.add_argument("part", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; default: all")
    parser.add_argument(
        "--runs", type=int, default=3, help="how often each part is measured (3); the median counts"
    )
    parser.add_argument("--quick", action="store_true", help="measure only small sizes")
    parser.add_argument("--record", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args(arguments)
    if unknown := [part for part in options.part if part not in PARTS]:
        parser.error(f"unknown part: {' and '.join(unknown)}; the parts are {', '.join(PARTS)}")
    if options.runs < 1:
        parser.error(f"--runs is {options.runs}; it must be at least 1")
    if options.record and options.quick:
        parser.error("--record needs all sizes; leave --quick out")
    out.print(f"[bold]{machine()}[/bold]; medians of {options.runs} runs\n")
    try:
        for part in options.part or PARTS:
            with err.status(part) as status:
                results = measure(part, options.runs, options.quick, status.update)
            show(out, results)
            out.print()
            if options.record:
                record(part, markdown(results, machine(), options.runs))
    except BenchError as error:
        err.print(f"[red]error:[/red] {escape(str(error))}")
        return 1
    except KeyboardInterrupt:
        err.print("interrupted; everything that was started has been stopped")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
