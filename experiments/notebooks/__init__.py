"""Notebooks by workflow: ``./run_all.sh notebooks`` runs them all, each in a kernel of its own.

They are kept without outputs; the executed copies go to ``artifacts/notebooks``.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from difsched.errors import InputError, choices
from difsched.utils.files import write_text
from experiments.paths import ROOT

FOLDER = Path(__file__).parent
EXECUTED = ROOT / "artifacts" / "notebooks"
#: Of one cell; the longest takes a fraction of a minute.
LIMIT_SECONDS = 600


def notebooks() -> list[Path]:
    """Return every notebook: the slice's by the steps of its workflow, then one a family."""
    return sorted(FOLDER.glob("*.ipynb"))


def execute(path: Path) -> Any:
    """Return a notebook with its outputs, as an `nbformat.NotebookNode`.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    import nbformat  # slow to import
    from jupyter_client.manager import KernelManager
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        # By sockets beside its connection file: nobody else on the machine can listen.
        kernel = KernelManager(transport="ipc", connection_file=f"{folder}/kernel.json")
        resources = {"metadata": {"path": folder}}
        try:
            NotebookClient(notebook, kernel, timeout=LIMIT_SECONDS, resources=resources).execute()
        finally:
            kernel.shutdown_kernel(now=True)
    return notebook


def main(argv: Sequence[str]) -> int:
    """Execute every notebook, or those named; return the exit status.

    Raises
    ------
    InputError
        If a name is none of a notebook.
    """
    import nbformat
    from nbclient.exceptions import CellExecutionError

    found = {path.stem: path for path in notebooks()}
    for name in argv:
        if name not in found:
            raise InputError(f"notebook {name!r}: {choices(name, found)}")
    for name in argv or found:
        started = time.perf_counter()
        try:
            notebook = execute(found[name])
        except CellExecutionError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        write_text(EXECUTED / f"{name}.ipynb", nbformat.writes(notebook))
        seconds = time.perf_counter() - started
        print(f"  {name:<18} artifacts/notebooks/{name}.ipynb ({seconds:.0f} s)", flush=True)
    return 0
