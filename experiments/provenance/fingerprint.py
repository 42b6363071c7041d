"""The code that a stage executes, as one digest: what makes its results up to date or not.

A module stands for its syntax tree: comments, formatting and docstrings do not count. What a module
imports counts with it, also what a function imports when it is called; of packages that only pass
on what their modules define, the modules behind the names that are asked for. Versions of the
packages that results may depend on are in it, too.

The registry of methods finds its modules while it runs, which no syntax tree shows: who uses a
method names its module.
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

from difsched.errors import InputError
from difsched.utils.files import read_json, refusing, write_json
from experiments.paths import ROOT
from experiments.provenance.imports import OWN, Sources, short_hash

#: Packages whose versions results may depend on.
PACKAGES = ("cvxpy", "gymnasium", "numpy", "pandas", "scipy", "stable-baselines3", "torch")
#: Folder of a workspace with a file ``DIGEST.json`` for each code that made something in it.
FOLDER = "code"


@dataclass(frozen=True)
class Code:
    """What stands behind a result.

    Attributes
    ----------
    roots : tuple of str
        The modules that it begins with.
    parts : mapping
        File of each module, relative to the repository, -> digest of its syntax tree; package ->
        its version.
    kept : bool
        Whether results that other code made are taken for this code's.
    """

    roots: tuple[str, ...]
    parts: Mapping[str, str]
    kept: bool = field(default=False, compare=False)

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change whenever a part does."""
        return short_hash(json.dumps(self.parts, sort_keys=True, allow_nan=False))

    def accepts(self, digest: str | None) -> bool:
        """Return whether a result of the code with this digest is up to date."""
        return self.kept or digest == self.digest

    def differs(self, older: "Code") -> list[str]:
        """Return the modules and packages that are not what they were in ``older``, sorted."""
        names = self.parts.keys() | older.parts.keys()
        return sorted(name for name in names if self.parts.get(name) != older.parts.get(name))

    def write(self, workspace: Path) -> None:
        """Write it into a workspace, unless it is there."""
        path = workspace / FOLDER / f"{self.digest}.json"
        if not path.exists():
            write_json(path, {"roots": list(self.roots), "parts": dict(self.parts)})


def read_code(workspace: Path, digest: str) -> Code:
    """Return the code with a digest that made something in a workspace.

    Raises
    ------
    InputError
        If the workspace does not know it, or its file is damaged.
    """
    path = workspace / FOLDER / f"{digest}.json"
    values = read_json(path)
    with refusing(path, "a record of code"):
        code = Code(tuple(values["roots"]), dict(values["parts"]))
        known = code.digest == digest
    if not known:
        raise InputError(f"{path} is damaged: its digest is {code.digest}")
    return code


def code_of(*roots: str, sources: Sources | None = None) -> Code:
    """Return the code that some modules of the project execute, and all that they import.

    Parameters
    ----------
    *roots : str
        Dotted names of modules.
    sources : Sources, optional
        The project's modules, for who asks for the code of many stages at one time. (default: this
        project's as they are now)

    Raises
    ------
    InputError
        If a root is no module of the project, or a module has a syntax error.
    """
    sources = sources or Sources(ROOT)
    behind: set[Path] = set()
    waiting = [sources.locate(name) for name in roots]
    while waiting:
        path = waiting.pop()
        if path not in behind:
            behind.add(path)
            waiting += sources.behind(path)
    found = {p.relative_to(sources.root).as_posix(): sources.parse(p).digest for p in behind}
    return Code(tuple(sorted(set(roots))), dict(sorted(found.items())) | _versions())


@cache
def _versions() -> dict[str, str]:
    return {name: version(name).partition("+")[0] for name in PACKAGES}


@cache
def revision(root: Path = ROOT) -> str | None:
    """Return the commit that is checked out, with a ``+`` if the project's files differ from it.

    None where there is no Git, or no checkout.
    """
    head = _git(root, "rev-parse", "--show-prefix", "HEAD")
    # A prefix: the checkout is somebody else's, around this folder.
    if head is None or not head.startswith("\n"):
        return None
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", *OWN)
    return head.strip() + ("+" if changed else "")


def _git(root: Path, *words: str) -> str | None:
    """Return what Git says, None where there is none or it refuses."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return None if done.returncode else done.stdout
