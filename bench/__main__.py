"""`python -m bench [PART ...]`: measure, print the tables, and with --record put them into docs/performance.md."""

import argparse
import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.markup import escape

from bench import gateway, loop, overhead, packaging, peers
from bench.report import Findings, machine, markdown, record, show
from bench.room import BenchError, room

PARTS = ("overhead", "loop", "packaging", "gateway", "peers")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def measure(part: str, runs: int, quick: bool, progress: Callable[[str], None]) -> Findings:
    """Run one part in a room of its own."""
    match part:
        case "loop":
            return loop.measure(runs, progress)
        case "packaging":
            return packaging.measure(runs, progress)
    with room() as own:
        match part:
            case "overhead":
                return overhead.measure(own, runs, quick, progress)
            case "gateway":
                return gateway.measure(own, runs, quick, progress)
            case _:
                return peers.measure(own, runs, progress)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts; a goal that is missed is told, and is no failure."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures what the project costs, beside what it is compared with.",
    )
    parser.add_argument("part", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; without: all of them")
    parser.add_argument(
        "--runs", type=int, default=3, help="how often each is measured (3); the median counts"
    )
    parser.add_argument("--quick", action="store_true", help="leave the large numbers out")
    parser.add_argument("--record", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args(arguments)
    if unknown := [part for part in options.part if part not in PARTS]:
        parser.error(f"{' and '.join(unknown)}: no part of the bench; there are {', '.join(PARTS)}")
    if options.runs < 1:
        parser.error(f"--runs is {options.runs}; it must be at least 1")
    if options.record and options.quick:
        parser.error("--record is for whole measures; leave --quick out")
    out.print(f"[bold]{machine()}[/bold]; medians of {options.runs} runs\n")
    try:
        for part in options.part or PARTS:
            with err.status(part) as status:
                found = measure(part, options.runs, options.quick, status.update)
            show(out, found)
            out.print()
            if options.record:
                record(part, markdown(found, machine(), options.runs))
    except BenchError as error:
        err.print(f"[red]error:[/red] {escape(str(error))}")
        return 1
    except KeyboardInterrupt:
        err.print("interrupted; what was started has been ended")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
