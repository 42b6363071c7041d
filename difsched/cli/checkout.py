"""The rest of the suite, which is there in a checkout of the repository alone: found by its name.

Nothing of the library imports it; a few subcommands pass their words on to it.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import difsched
from difsched.errors import InputError

#: The folder of the package's own: the repository's root in a checkout, else site-packages.
ROOT = Path(difsched.__file__).resolve().parents[1]


def is_checkout() -> bool:
    """Return whether the package stands in a checkout."""
    return (ROOT / "run_all.sh").is_file()


def suite_module(module: str, command: str) -> ModuleType:
    """Return a module of the suite, for a subcommand of that name.

    Raises
    ------
    InputError
        If the package is installed without the suite.
    """
    if not is_checkout():
        raise InputError(
            f"{command} needs a checkout of the repository, whose logs and tests no installed "
            f"package has: clone it, and call ./run_all.sh {command} there"
        )
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))  # first: another folder may have the same names
    return import_module(module)


def full_run(run: str) -> Path | None:
    """Return the folder of a run of the whole study; None without a checkout, which has none."""
    if not is_checkout():
        return None
    paths = suite_module("experiments.paths", "evaluate")
    folder: Path = paths.Layout(paths.FULL).run_path(run)
    return folder
