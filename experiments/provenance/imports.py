"""What the text of a module says: the digest of its syntax tree, and what it imports."""

import ast
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from difsched.errors import InputError

#: The project's own packages: theirs are the modules that are followed.
OWN = ("difsched", "baselines", "experiments", "paper")
#: A module, and a name that is taken from it; None: it is imported as a whole.
Import = tuple[str, str | None]
_DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """What counts of a module's text.

    Attributes
    ----------
    digest : str
        Of its syntax tree without docstrings, the same in every version of Python.
    imports : tuple
        What it imports anywhere, inside functions too.
    passes_on : mapping or None
        Name -> where a package that only passes on names takes it from; None: it does more.
    """

    digest: str
    imports: tuple[Import, ...]
    passes_on: Mapping[str, Import] | None


class Sources:
    """The project's modules in a folder, each as it was when it was first asked for.

    Parameters
    ----------
    root : Path
        The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._found: dict[str, Path | None] = {}
        self._modules: dict[Path, Module] = {}
        self._behind: dict[Path, tuple[Path, ...]] = {}

    def locate(self, name: str) -> Path:
        """Return the file of a module of the project.

        Raises
        ------
        InputError
            If it is no such module.
        """
        path = self._file(name)
        if path is None:
            raise InputError(f"{name} is no module of {', '.join(OWN)}")
        return path

    def parse(self, path: Path) -> Module:
        """Return what counts of a file in the folder.

        Raises
        ------
        InputError
            If it cannot be parsed.
        """
        if path not in self._modules:
            package = ".".join(path.relative_to(self.root).parent.parts)
            self._modules[path] = _parse(path, package, path.stat().st_mtime_ns)
        return self._modules[path]

    def behind(self, path: Path) -> tuple[Path, ...]:
        """Return the files of the project behind what a file imports.

        Behind a name of a package that only passes it on, that is the module that defines it.
        """
        if path not in self._behind:
            self._behind[path] = tuple(dict.fromkeys(self._files(self.parse(path).imports)))
        return self._behind[path]

    def _files(self, imports: Iterable[Import]) -> Iterator[Path]:
        for module, name in imports:
            path = self._file(module)
            if name is not None and (path is None or path.name == "__init__.py"):
                submodule = self._file(f"{module}.{name}")
                passes_on = None if path is None or submodule else self.parse(path).passes_on
                if passes_on and name in passes_on:
                    yield from self._files([passes_on[name]])
                    continue
                path = submodule or path
            if path is not None:
                yield path

    def _file(self, name: str) -> Path | None:
        if name not in self._found:
            self._found[name] = _file(self.root, name)
        return self._found[name]


def documentation(path: Path) -> str:
    """Return the docstring of a module's file, empty where there is none."""
    if not path.is_file():
        return ""
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def short_hash(text: str) -> str:
    """Return 16 hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _file(root: Path, name: str) -> Path | None:
    if name.partition(".")[0] not in OWN:
        return None
    # A package of the library, whose folder stands at the top.
    stem = os.path.join(root, *re.sub(r"^difsched\.(?=baselines\b)", "", name).split("."))
    candidates = (f"{stem}.py", os.path.join(stem, "__init__.py"))
    return next((Path(path) for path in candidates if os.path.isfile(path)), None)


@cache
def _parse(path: Path, package: str, changed_at: int) -> Module:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{path} cannot be parsed: {error}") from None
    imports = tuple(dict.fromkeys(_imports(tree, package)))
    return Module(short_hash(json.dumps(_plain(tree))), imports, _passed_on(_body(tree), package))


def _imports(tree: ast.AST, package: str) -> Iterator[Import]:
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((_source(node, package), alias.name) for alias in node.names)


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements of a tree but for what is for the type checker alone."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        waiting += (n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.expr))


def _source(node: ast.ImportFrom, package: str) -> str:
    """Return the full name of the module from which a statement of a package imports."""
    above = package.split(".")[: 1 - node.level or None] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def _passed_on(statements: list[ast.stmt], package: str) -> dict[str, Import] | None:
    """Return the names that statements import, None if they do anything else."""
    names: dict[str, Import] = {}
    for node in statements:
        if isinstance(node, ast.ImportFrom):
            source = _source(node, package)
            names |= {alias.asname or alias.name: (source, alias.name) for alias in node.names}
        elif not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"):
            return None
    return names


def _plain(node: Any) -> Any:
    """Return a syntax tree as lists and texts, the same in every version of Python."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields: list[Any] = []
    for name in node._fields:
        defines = name == "body" and isinstance(node, _DEFINITIONS)
        part = _body(node) if defines else getattr(node, name, None)
        if part is not None and part != []:
            fields.append([name, _plain(part)])
    return [type(node).__name__, fields]


def _body(node: Any) -> list[ast.stmt]:
    """Return the statements of a module, class or function without its docstring."""
    body: list[ast.stmt] = node.body
    return body[1:] if body and ast.get_docstring(node, clean=False) is not None else body
