"""The benchmarks by name: ``./run_all.sh bench NAME``, each the module ``benchmarks.NAME``."""

from collections.abc import Sequence
from importlib import import_module

from difsched.errors import InputError, choices
from experiments.cli.pages import HELP, page
from experiments.cli.targets import BENCHMARKS


def main(argv: Sequence[str]) -> int:
    """Run a benchmark with its own arguments; return its exit status.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    name, *rest = argv or [""]
    if name in HELP:
        print(page(["bench"]))
        return 0
    if name not in BENCHMARKS:
        raise InputError(f"bench {name!r}: {choices(name, BENCHMARKS)}")
    status: int = import_module(f"benchmarks.{name}").main(rest)
    return status
