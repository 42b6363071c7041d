"""A table or a figure drawn: its render script run as a program of its own."""

import os
import subprocess
import sys
from pathlib import Path

from difsched.errors import InputError
from experiments.paths import ROOT
from experiments.products import module_of
from experiments.rendering import tex


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
    words = [sys.executable, "-P", "-m", module_of(name)]
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
        line = said[-1].removeprefix(f"{InputError.__module__}.{InputError.__name__}: ")
        raise InputError(f"{name}: {line}")
