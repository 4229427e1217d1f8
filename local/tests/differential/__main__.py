"""Compare the provider that stands in for pulumi-aws with Terraform's: `make differential`."""

import argparse
import dataclasses
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from differential.comparison import Comparison, Progress, Trial, trials
from differential.files import Files
from differential.outcome import Outcome
from differential.readings import Readings
from differential.report import page, summary
from differential.stand_in import StandIn
from differential.subject import Case, Subject
from differential.subjects import SUBJECTS
from differential.terraform import Terraform, UnavailableError
from differential.world import SHARED
from server import Server
from signing import root_of
from tests.session import held


def main() -> int:
    """Compare, print the table, and return 1 if a difference is not explained."""
    parser = argparse.ArgumentParser(prog="differential")
    parser.add_argument("only", nargs="?", default="", help="compare only cases whose type or label has this")
    parser.add_argument(
        "--keep",
        type=Path,
        help="a file in which Terraform's outcomes are kept for the next time; remove it when world.py changes",
    )
    parser.add_argument(
        "--page", action="store_true", help="print the page of the documentation, without Terraform"
    )
    arguments = parser.parse_args()
    if arguments.page:
        sys.stdout.write(page(SUBJECTS))
        return 0
    only: str = arguments.only
    started = time.monotonic()

    def progress(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - started:6.1f} s  {text}\n")

    def chosen(subject: Subject, case: Case) -> bool:
        return only.lower() in f"{subject.token} {case.label}".lower()

    all_trials = trials(SUBJECTS, chosen)
    kept = json.loads(arguments.keep.read_text()) if arguments.keep and arguments.keep.exists() else {}
    for trial in all_trials:
        if outcome := kept.get(trial.subject.key(trial.case)):
            trial.theirs = Outcome(**outcome)
    with (
        tempfile.TemporaryDirectory(prefix="differential-") as folder,
        held(Path(folder) / "held") as variables,
    ):
        os.environ.update(variables)
        cloud = Server(Path(folder) / "cloud")
        cloud.start()
        try:
            _compare(all_trials, cloud, Path(folder), progress)
        except UnavailableError as error:
            sys.stderr.write(f"error: nothing is compared: {error}\n")
            return 2
        finally:
            cloud.end()
            if arguments.keep:
                kept |= {
                    trial.subject.key(trial.case): dataclasses.asdict(trial.theirs)
                    for trial in all_trials
                    if trial.theirs.judged
                }
                arguments.keep.write_text(json.dumps(kept))
    text, agreed = summary(all_trials)
    sys.stdout.write(text)
    return 0 if agreed else 1


def _compare(all_trials: list[Trial], cloud: Server, folder: Path, progress: Progress) -> None:
    keys = root_of(cloud.cloud)
    terraform = Terraform(folder / "terraform", cloud.endpoint, keys.access_key, keys.secret_key)
    files, readings = Files(folder / "files"), Readings(cloud)
    readings.make(SHARED)
    stand_in = StandIn(cloud.endpoint, keys.access_key, keys.secret_key, files)
    Comparison(terraform, stand_in, readings, files, progress).run(all_trials)


if __name__ == "__main__":
    sys.exit(main())
