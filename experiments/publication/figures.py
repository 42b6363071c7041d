"""Tables and figures from the committed reference logs alone: no run, no training."""

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from difsched.errors import InputError, choices
from difsched.utils.terminal import OneLineParser
from experiments.aggregate.reference import aggregate
from experiments.cli.arguments import cores
from experiments.paths import LOGS, WORK, shown
from experiments.phrases import duration
from experiments.products import PRODUCTS, expand
from experiments.rendering.draw import draw
from experiments.runs.reference import FRESH
from experiments.workflow import lock


def main(argv: list[str]) -> int:
    """Render products, all of them or those named; return 1 if a log had to be left out.

    Raises
    ------
    InputError
        If a name is unknown, or the logs cannot be read.
    """
    parser = OneLineParser(
        prog="./run_all.sh figures",
        description="Draws tables and figures from the committed reference logs: no run, no "
        "training. All of them take about two minutes, one takes seconds.",
        epilog="exit status: 0 done, 1 a log was left out, 2 wrong argument",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="such as: fig4 table2 (default: all)"
    )
    wanted = parser.parse_args(argv).names
    for name in wanted:
        if name not in PRODUCTS:
            raise InputError(f"figures {name!r}: {choices(name, PRODUCTS)}")
    names = expand(wanted or ["all"])
    started = time.monotonic()
    with lock.hold(WORK, ["figures"]):
        excluded = aggregate()
        for run, reason in excluded.items():
            print(f"run_all.sh: left out: {run} {reason}", file=sys.stderr)
        render(names, FRESH, LOGS)
    for name in names:
        print(f"  {name:<8} {', '.join(PRODUCTS[name].files)}")
    print(f"  {'data':<8} {shown(FRESH)}")
    print(f"done: from the reference logs in {duration(time.monotonic() - started)}")
    return 1 if excluded else 0


def render(names: Sequence[str], aggregates: Path, workspace: Path) -> None:
    """Run the render scripts of products, those that read others' products last.

    Raises
    ------
    InputError
        If one fails; the line is the end of what it said.
    """
    first = [name for name in names if not PRODUCTS[name].shows_products]
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(lambda name: draw(name, aggregates, workspace), first))
    for name in names:
        if name not in first:
            draw(name, aggregates, workspace)
