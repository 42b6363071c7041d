"""The report: claims, tables, figures and where each comes from, on one page without a network."""

import base64
import csv
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from os.path import relpath
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from difsched.errors import InputError
from difsched.run_ids import experiment_of
from difsched.utils.files import read_json, write_text
from experiments.claims import check
from experiments.claims.sections import where
from experiments.cli.docs import FOLDER
from experiments.paths import DEFAULT_PROFILE, LOGS, ROOT, Layout
from experiments.products import BOUNDING, PRODUCTS, experiments_behind
from experiments.rendering import tex
from experiments.rendering.arguments import arguments
from experiments.rendering.markup import bare, html, plain
from experiments.runs.locations import Place
from experiments.runs.reference import EXCLUDED
from experiments.runs.run import RECORD

PAGE = ROOT / "artifacts" / "report" / "index.html"
TEMPLATE = "report.html.j2"
#: The figure of the paper's title question, before all else.
HEADLINE = "fig10"
#: The product that moves.
ANIMATION = "animation"
#: Tables and figures: what the page shows.
SHOWN = [name for name in PRODUCTS if name.startswith(("table", "fig"))]
NUMBER = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))[^a-zA-Z]*")
MISSING = ("", "n/a", "--", "\N{EN DASH}", "\N{EM DASH}")


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text : str
        What it shows (TeX).
    key : str
        What it is sorted by: a number, a text, or nothing if nothing is known.
    again : bool
        Whether it repeats what stands above.
    """

    text: str
    key: str
    again: bool = False


@dataclass(frozen=True)
class Section:
    """Rows of a table under a heading (TeX), or under none."""

    title: str
    rows: list[list[Cell]]


def key(cell: str) -> str:
    """Return what a cell (TeX) is sorted by: its number, its text, or nothing.

    A number may have marks, an interval and a unit's sign behind it, but no word.
    """
    text = plain(cell).strip()
    if text in MISSING:
        return ""
    found = NUMBER.fullmatch(bare(cell).strip())
    return str(float(found[1])) if found else text


def is_number(column: Iterable[Cell]) -> bool:
    """Return whether a column holds numbers alone, but for what is missing."""
    keys = {cell.key for cell in column} - {""}
    return bool(keys) and all(NUMBER.fullmatch(key) for key in keys)


def sections(body: Sequence[Sequence[str]]) -> list[Section]:
    """Return the rows of a table by section; an empty first cell repeats the one above it."""
    found, name = [Section("", [])], ""
    for row in body:
        if len(row) <= 1:
            found.append(Section(row[0] if row else "", []))
            continue
        name = row[0] or name
        first = Cell(name, key(name), again=not row[0])
        found[-1].rows.append([first, *(Cell(cell, key(cell)) for cell in row[1:])])
    return [section for section in found if section.rows]


def table(content: tex.Table) -> dict[str, Any]:
    """Return what the template needs of a table."""
    parts = sections(content.body)
    rows = [row for part in parts for row in part.rows]
    numbers = [is_number(row[column] for row in rows) for column in range(len(content.header))]
    return {
        "label": content.label,
        "caption": content.caption,
        "groups": content.groups,
        "header": list(zip(content.header, numbers, strict=True)),
        "sections": parts,
    }


def data_uri(path: Path) -> str:
    """Return an image as the page holds it."""
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:image/{path.suffix[1:]};base64,{data}"


def figure(name: str) -> dict[str, Any]:
    """Return what the template needs of a figure: its caption, and its image as a data URI."""
    path = tex.FIGURES / f"{name}.png"
    image = path.read_bytes()
    return {
        "caption": read_json(tex.FIGURES / f"{name}.json")["caption"],
        "image": data_uri(path),
        # A PNG's width and height stand after its signature and the head of its first chunk.
        "width": int.from_bytes(image[16:20]),
        "height": int.from_bytes(image[20:24]),
    }


def animation() -> dict[str, Any] | None:
    """Return what the template needs of the animations, or None if they are not rendered."""
    files = [tex.FIGURES / Path(file).name for file in PRODUCTS[ANIMATION].files]
    if not all(path.is_file() for path in files):
        return None
    return {
        "name": ANIMATION,
        "about": PRODUCTS[ANIMATION].about,
        "caption": read_json(tex.FIGURES / f"{ANIMATION}.json")["caption"],
        "images": [data_uri(path) for path in files if path.suffix == ".gif"],
        "data": [],
        "runs": [],
        "files": links(files),
    }


def link(path: Path) -> str:
    """Return the address of a file relative to the page."""
    return quote(Path(relpath(path, PAGE.parent)).as_posix())


def links(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """Return the names of files and their addresses."""
    return [(path.name, link(path)) for path in paths]


def product(name: str, aggregates: Path, workspace: Path) -> dict[str, Any] | None:
    """Return what the template needs of a table or figure, or None if it is not rendered."""
    is_table = name.startswith("table")
    folder = tex.TABLES if is_table else tex.FIGURES
    files = [folder / Path(file).name for file in PRODUCTS[name].files]
    if not all(path.is_file() for path in files):
        return None
    made = Layout(workspace).traffic_path("any").parent.glob("*.npz")
    traffic = sorted(made) if PRODUCTS[name].shows_traffic else []
    return {
        "name": name,
        "title": name.replace("table", "Table ").replace("fig", "Figure "),
        "about": PRODUCTS[name].about,
        "tables": [table(content) for content in tex.read_tables(name)] if is_table else [],
        "figure": None if is_table else figure(name),
        "data": links([*(aggregates / f"{file}.csv" for file in PRODUCTS[name].reads), *traffic]),
        "runs": behind(name),
        "files": links(files),
    }


def behind(name: str) -> list[str]:
    """Return the experiments whose runs the page lists for a product."""
    found = ("main" if run == BOUNDING else run for run in experiments_behind(name))
    return list(dict.fromkeys(found))


def runs(workspace: Path) -> dict[str, list[tuple[str, str]]]:
    """Return the names and addresses of a workspace's complete runs, by their first word."""
    folders = sorted(path.parent for path in Layout(workspace).runs_folder.glob(f"*/{RECORD}"))
    parts = groupby(folders, key=lambda path: experiment_of(path.name))
    return {word: links(part) for word, part in parts}


def excluded(aggregates: Path) -> list[dict[str, str]]:
    """Return the runs whose logs were left out, and why; committed logs have a list of them."""
    path = aggregates / EXCLUDED
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def profile_of(workspace: Path) -> str:
    """Return the name of a workspace's profile."""
    if workspace.resolve() == LOGS.resolve():
        return DEFAULT_PROFILE
    return Place.fresh(workspace).profile


def page(aggregates: Path, workspace: Path) -> str:
    """Return the report as HTML; the same files give the same bytes.

    Raises
    ------
    InputError
        If the specification, a claim, a table or a figure cannot be read, or none is rendered.
    """
    spec = read_json(workspace / "spec.json")
    found = {name: product(name, aggregates, workspace) for name in SHOWN}
    shown = [part for part in found.values() if part]
    if not shown:
        raise InputError(f"{tex.TABLES} holds no rendered table: ./run_all.sh makes them")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    # What markup makes of TeX is HTML already, the only text that is.
    environment.filters |= {"html": lambda text: Markup(html(text)), "plain": plain, "where": where}
    return environment.get_template(TEMPLATE).render(
        spec=spec,
        profile=profile_of(workspace),
        default=DEFAULT_PROFILE,
        folders=[link(workspace), link(aggregates)],
        docs=link(docs) if (docs := FOLDER / "index.html").is_file() else None,
        headline=HEADLINE,
        excluded=excluded(aggregates),
        verdicts=check.check(check.load(), aggregates, workspace),
        products=shown,
        animation=animation(),
        absent=[name for name, part in found.items() if part is None],
        runs=runs(workspace),
    )


def main() -> None:
    """Write ``artifacts/report/index.html``."""
    values = arguments()
    try:
        write_text(PAGE, page(values.aggregates, values.workspace))
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
