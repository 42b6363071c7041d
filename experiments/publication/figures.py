"""Tables and figures from the committed reference logs alone: no run, no training."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from difsched.cli.terminal import OneLineParser
from difsched.errors import InputError, choices
from experiments.cli.arguments import cores
from experiments.paths import ROOT, WORK, shown
from experiments.products import PRODUCTS, expand
from experiments.runs.reference import FRESH, LOGS, aggregate
from experiments.workflow import lock
from experiments.workflow.progress import words
from paper import tex


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
        "training. All of them take about half a minute, one takes seconds.",
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
    print(f"done: from the reference logs in {words(time.monotonic() - started)}")
    return 1 if excluded else 0


def render(names: Sequence[str], aggregates: Path, workspace: Path) -> None:
    """Run the render scripts of products, those that read others' products last.

    Raises
    ------
    InputError
        If one fails; the line is the end of what it said.
    """
    first = [name for name in names if PRODUCTS[name].needs != "products"]
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(lambda name: draw(name, aggregates, workspace), first))
    for name in names:
        if name not in first:
            draw(name, aggregates, workspace)


def draw(name: str, aggregates: Path, workspace: Path, paper: Path | None = None) -> None:
    """Run the render script of a product.

    Parameters
    ----------
    name : str
        A key of ``PRODUCTS``.
    aggregates, workspace : Path
        Folders that the numbers are from.
    paper : Path, optional
        The folder to draw into; the paper's own when left out.

    Raises
    ------
    InputError
        If it fails; the line is the end of what it said.
    """
    words = [sys.executable, "-P", "-m", f"paper.{name}"]
    words += ["--aggregates", str(aggregates), "--workspace", str(workspace)]
    elsewhere = {} if paper is None else {tex.FOLDER: str(paper)}
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | elsewhere,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise InputError(f"{name}: {said[-1]}")
