"""API documentation of the library, from its docstrings: static pages that need no network.

``./run_all.sh docs`` writes ``artifacts/docs``; start at its ``index.html``. Equations are
written in the docstrings as plain text, such as ``sigma(k (r - s))``, so pages load nothing to draw
them.
"""

import inspect
import re
import shutil
from html import escape
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from jinja2 import pass_context
from numpy.typing import ArrayLike

from difsched.errors import InputError
from difsched.utils.files import check_output, write_text
from experiments.paths import ROOT

#: What is installed and imported by others; ``experiments`` and ``paper`` are commands.
PACKAGES = ("difsched",)
FOLDER = ROOT / "artifacts" / "docs"
#: A simple table of reStructuredText, from its first rule to its last.
TABLE = re.compile(r"^=+(?: +=+)+\n(?:.+\n)+?=+(?: +=+)+$(?!\n\S)", re.MULTILINE)
#: Types as Python spells them out, and as the source does.
TYPES = {
    re.escape(inspect.formatannotation(ArrayLike)): "ArrayLike",
    r"numpy\.ndarray\[tuple\[typing\.Any, \.\.\.\], numpy\.dtype\[([\w.]+)\]\]": r"NDArray[\1]",
}
STYLE = "body { font: 16px sans-serif; margin: 2rem } td { padding: 0.15rem 1rem 0.15rem 0 }"


def modules() -> list[str]:
    """Return every module of the library by its full name."""
    packages = {name: import_module(name).__path__ for name in PACKAGES}
    return [
        module
        for name, path in packages.items()
        for module in (name, *(found.name for found in walk_packages(path, f"{name}.")))
    ]


def build(folder: Path = FOLDER) -> Path:
    """Write the pages anew and return the first one.

    Parameters
    ----------
    folder : Path
        Replaced as a whole: pages of modules that are gone go, too.
    """
    from pdoc import doc, render  # slow to import

    render.configure(docformat="numpy", include_undocumented=False)
    render.env.filters["to_markdown"] = _markdown
    render.env.filters["format_signature"] = _signature
    found = {name: doc.Module.from_name(name) for name in modules()}
    pages = {_page(name): render.html_module(module, found) for name, module in found.items()}
    pages["search.js"] = render.search_index(found)
    pages["index.html"] = _index({name: module.docstring for name, module in found.items()})
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in pages.items():
        write_text(folder / name, _shorten(text.replace(f"{ROOT}/", "")))
    return folder / "index.html"


def stand_in(folder: Path = FOLDER) -> None:
    """Write a first page that says how the pages are made, where there is none yet."""
    page = folder / "index.html"
    if not page.exists():
        write_text(page, _document("<p>Not made yet: <code>./run_all.sh docs</code> makes it.</p>"))


def _page(module: str) -> str:
    return f"{module.replace('.', '/')}.html"


def _index(docstrings: dict[str, str]) -> str:
    """Return the first page: every module, and the first line of what it says of itself."""
    first = {name: text.partition("\n")[0] for name, text in docstrings.items()}
    about = {name: escape(re.sub(r"(:\w+:)?`+", "", line)) for name, line in first.items()}
    rows = [
        f'<tr><td><a href="{_page(name)}">{name}</a></td><td>{line}</td></tr>'
        for name, line in about.items()
    ]
    return _document("\n".join(["<table>", *rows, "</table>"]))


def _document(body: str) -> str:
    head = f'<meta charset="utf-8"><title>difsched: API</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en">\n{head}\n<h1>difsched: API</h1>\n{body}\n</html>\n'


@pass_context
def _markdown(context: Any, docstring: str) -> str:
    """Turn a docstring into Markdown as pdoc does, and its tables, too."""
    from pdoc.render_helpers import to_markdown_with_context

    text = TABLE.sub(_markdown_table, docstring)
    return to_markdown_with_context(context, text.replace(":`~", ":`"))


def _markdown_table(match: re.Match[str]) -> str:
    """Return a simple table of reStructuredText as a Markdown table, which is what pdoc draws."""
    first, *lines = match.group().splitlines()
    starts = [rule.start() for rule in re.finditer("=+", first)]
    columns = [slice(*ends) for ends in pairwise([*starts, None])]
    rows: list[list[str]] = []
    heads = 0
    for line in lines[:-1]:
        cells = [line[column].strip() for column in columns]
        if line.startswith("="):
            heads = len(rows)
        elif cells[0]:
            rows.append(cells)
        else:  # the row before goes on
            rows[-1] = [" ".join(filter(None, pair)) for pair in zip(rows[-1], cells, strict=True)]
    drawn = [*(rows[:heads] or [[""] * len(columns)]), ["---"] * len(columns), *rows[heads:]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in drawn)


class _Written(str):
    """An annotation that `inspect` shows as it is."""

    __slots__ = ()
    __repr__ = str.__str__


def _signature(signature: inspect.Signature, colon: bool) -> str:
    """Format a signature as pdoc does, with types as the source writes them."""
    from pdoc.render_helpers import format_signature

    parameters = [
        parameter.replace(annotation=_written(parameter.annotation))
        for parameter in signature.parameters.values()
    ]
    returned = _written(signature.return_annotation)
    written = signature.replace(parameters=parameters, return_annotation=returned)
    return format_signature(written, colon)


def _written(annotation: Any) -> Any:
    if annotation is inspect.Signature.empty:
        return annotation
    text = _shorten(inspect.formatannotation(annotation))
    return _Written(re.sub(r"\b(typing|collections\.abc|pathlib|numpy)\.(?=\w)", "", text))


def _shorten(text: str) -> str:
    """Return text with types as the source writes them."""
    for spelled, short in TYPES.items():
        text = re.sub(spelled, short, text)
    return text


def main(argv: list[str]) -> int:
    """Write the pages and print the first one's path; return the exit status.

    Raises
    ------
    InputError
        If there are arguments.
    """
    if argv:
        raise InputError(f"docs takes no arguments: leave out {' '.join(argv)}")
    check_output("folder", FOLDER, "folder")
    print(build().relative_to(ROOT))
    return 0
