"""Kill the suite, damage its files, fill its disk: the results must be those of a calm run.

``./run_all.sh bench chaos`` works on a copy with a tiny profile (`chaos_suite`). A round disturbs
it once (`chaos_faults`), then calls it again (`chaos_rounds`). The disturbed call must end with the
calm run's results, or with a status other than 0 and a line that names what is wrong; the next call
must end with the calm run's results. ``--short`` makes fewer rounds. The exit status is 1 if a
result was wrong, or a call failed without a reason.
"""

import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from difsched.errors import InputError
from difsched.utils.terminal import OneLineParser, aligned
from experiments.phrases import duration
from tests.chaos.faults import small_disk
from tests.chaos.rounds import Chaos, Round
from tests.chaos.suite import Suite

#: Rounds of the short form.
SHORT = 12
HEADS = ("disturbance", "rounds", "took place", "noticed", "identical after it")


def report(rounds: Sequence[Round], seconds: float) -> str:
    """Return the table of counts, and what was not noticed because it has no effect."""
    rows: list[Sequence[str]] = [HEADS]
    for kind in sorted({round.kind for round in rounds}):
        rows.append((kind, *_counts([round for round in rounds if round.kind == kind])))
    rows.append(("all", *_counts(rounds)))
    unnoticed = sorted({round.what for round in rounds if round.hit and not round.noticed})
    lines = [aligned(rows), f"{len(rounds)} rounds in {duration(seconds)}"]
    if unnoticed:
        lines.append(f"without effect and not noticed: {'; '.join(unnoticed)}")
    return "\n".join(lines)


def _counts(rounds: Sequence[Round]) -> list[str]:
    hit = [round for round in rounds if round.hit]
    noticed, right = sum(r.noticed for r in hit), sum(not r.faults for r in rounds)
    return [str(number) for number in (len(rounds), len(hit), noticed, right)]


def run(limit: int | None, seed: int, jobs: int) -> list[Round]:
    """Make a calm run, then at most so many rounds; return what became of them."""
    done = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "suite")
        with small_disk(root / "artifacts") as disk:
            suite = Suite(root, jobs)
            try:
                deck = Chaos(suite, calm(suite), seed, disk).rounds()[:limit]
                for number, function in enumerate(deck, 1):
                    started = time.monotonic()
                    round = function()
                    done.append(round)
                    state = "; ".join(round.faults) or ("right" if round.hit else "right, not hit")
                    took = duration(time.monotonic() - started)
                    print(f"[{number}/{len(deck)}] {round.what}: {state} ({took})", flush=True)
            finally:
                suite.stop()
    return done


def calm(suite: Suite) -> dict[str, str]:
    """Return the results of an undisturbed call.

    Raises
    ------
    InputError
        If it fails.
    """
    started = time.monotonic()
    status, said = suite.call()
    if status != 0:
        raise InputError(f"the suite fails without any disturbance: {said.splitlines()[-1]}")
    print(f"calm run: {duration(time.monotonic() - started)}", flush=True)
    return suite.results()


def main(argv: Sequence[str] | None = None) -> int:
    """Make the rounds, print the counts, return the exit status."""
    parser = OneLineParser(prog="./run_all.sh bench chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help=f"{SHORT} rounds, some minutes")
    parser.add_argument("--seed", type=int, default=0, help="of the disturbances")
    parser.add_argument("--jobs", type=int, default=2, help="jobs at a time")
    arguments = parser.parse_args(argv)
    # A shell starts what is in the background deaf to Ctrl-C; the calls must hear it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    started = time.monotonic()
    rounds = run(SHORT if arguments.short else None, arguments.seed, arguments.jobs)
    print(report(rounds, time.monotonic() - started))
    return 1 if any(round.faults for round in rounds) else 0
