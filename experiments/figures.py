"""Every table and figure from the committed reference logs alone: no run, no training."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from difsched.errors import InputError
from experiments import lock
from experiments.arguments import cores
from experiments.paths import ROOT, WORK
from experiments.progress import words
from experiments.reference import FRESH, LOGS, aggregate
from experiments.targets import PRODUCTS


def main(argv: list[str]) -> int:
    """Render all products; return the exit status, 1 if a log had to be left out."""
    if argv:
        raise InputError(f"figures takes no arguments: leave out {' '.join(argv)}")
    started = time.monotonic()
    with lock.hold(WORK, ["figures"]):
        excluded = aggregate()
        for run, reason in excluded.items():
            print(f"run_all.sh: left out: {run} {reason}", file=sys.stderr)
        render(FRESH, LOGS)
    for name, product in PRODUCTS.items():
        print(f"  {name:<8} {', '.join(product.files)}")
    print(f"  {'data':<8} {FRESH.relative_to(ROOT)}")
    print(f"done: from the reference logs in {words(time.monotonic() - started)}")
    return 1 if excluded else 0


def render(aggregates: Path, workspace: Path) -> None:
    """Run the render scripts, those that read others' products last.

    Raises
    ------
    InputError
        If one fails; the line is the end of what it said.
    """
    folders = ["--aggregates", str(aggregates), "--workspace", str(workspace)]

    def run(name: str) -> None:
        words = [sys.executable, "-P", "-m", f"paper.{name}", *folders]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise InputError(f"{name}: {done.stderr.strip().splitlines()[-1]}")

    first = [name for name, product in PRODUCTS.items() if product.needs != "products"]
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(run, first))
    for name in PRODUCTS:
        if name not in first:
            run(name)
