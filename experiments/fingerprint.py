"""The code that a stage executes, as one digest: what makes its results up to date or not.

A module stands for its syntax tree: comments, formatting and docstrings do not count. What a module
imports counts with it, also what a function imports when it is called; of packages that only pass
on what their modules define, the modules behind the names that are asked for. Versions of the
packages that results may depend on are in it, too.

The registry of methods finds its modules while it runs, which no syntax tree shows: who uses a
method names its module.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from difsched.errors import InputError
from difsched.utils.files import read_json, refusing, write_json
from experiments.paths import ROOT

#: The project's own packages: theirs are the modules that are followed.
OWN = ("difsched", "baselines", "experiments", "paper")
#: Packages whose versions results may depend on.
PACKAGES = ("cvxpy", "gymnasium", "numpy", "pandas", "scipy", "stable-baselines3", "torch")
#: Folder of a workspace with a file ``DIGEST.json`` for each code that made something in it.
FOLDER = "code"
_DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


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
        return _hash(json.dumps(self.parts, sort_keys=True))

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


def code_of(*roots: str, root: Path = ROOT) -> Code:
    """Return the code that some modules of the project execute, and all that they import.

    Parameters
    ----------
    *roots : str
        Dotted names of modules.
    root : Path
        Folder of the project.

    Raises
    ------
    InputError
        If a root is no module of the project, or a module has a syntax error.
    """
    found: dict[str, str] = {}
    waiting = [_locate(root, name) for name in roots]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(root).as_posix()
        if name not in found:
            found[name] = _digest(path)
            waiting += _imports(path, root)
    versions = {name: version(name).partition("+")[0] for name in PACKAGES}
    return Code(tuple(sorted(set(roots))), dict(sorted(found.items())) | versions)


def _locate(root: Path, name: str) -> Path:
    path = _file(root, name)
    if path is None:
        raise InputError(f"{name} is no module of {', '.join(OWN)}")
    return path


def _file(root: Path, name: str) -> Path | None:
    """Return the file of a module of the project, None if it is no such module."""
    if name.partition(".")[0] not in OWN:
        return None
    stem = root.joinpath(*name.split("."))
    files = (stem.with_name(f"{stem.name}.py"), stem / "__init__.py")
    return next((path for path in files if path.is_file()), None)


@cache
def _digest(path: Path) -> str:
    return _hash(json.dumps(_plain(_tree(path))))


@cache
def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{path} cannot be parsed: {error}") from None


@cache
def _imports(path: Path, root: Path) -> tuple[Path, ...]:
    """Return the files of the project's modules that a module imports anywhere in its text."""
    found: dict[Path, None] = {}
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            files: Iterable[Path | None] = (_file(root, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            files = _imported(root, node.module, [alias.name for alias in node.names])
        else:
            continue
        found |= dict.fromkeys(file for file in files if file is not None)
    return tuple(found)


def _imported(root: Path, module: str, names: list[str]) -> Iterator[Path | None]:
    """Yield the files behind ``from module import names``."""
    path = _file(root, module)
    for name in names:
        if submodule := _file(root, f"{module}.{name}"):
            yield submodule
        elif path is None or path.name != "__init__.py":
            yield path
        else:
            yield from _passed_on(root, path, name)


def _passed_on(root: Path, package: Path, name: str) -> Iterator[Path | None]:
    """Yield the files behind a name of a package: of the module that it takes it from, if any.

    A package that does more than to pass names on stands behind each of them.
    """
    statements = _body(_tree(package))
    more = [node for node in statements if not isinstance(node, ast.ImportFrom | ast.Import)]
    if not all(_lists_names(node) for node in more):
        yield package
        return
    for node in statements:
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        for alias in node.names:
            if name in ("*", alias.asname or alias.name):
                yield from _imported(root, node.module, [alias.name])


def _lists_names(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _plain(node: Any) -> Any:
    """Return a syntax tree as lists and texts, the same in every version of Python."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields: list[Any] = []
    for name, value in ast.iter_fields(node):
        part = _body(node) if name == "body" and isinstance(node, _DEFINITIONS) else value
        if part is not None and part != []:
            fields.append([name, _plain(part)])
    return [type(node).__name__, fields]


def _body(node: Any) -> list[ast.stmt]:
    """Return the statements of a module, class or function without its docstring."""
    body: list[ast.stmt] = node.body
    return body[1:] if body and ast.get_docstring(node, clean=False) is not None else body


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
