"""The report: claims, tables, figures and where each comes from, on one page without a network."""

import base64
import csv
import re
import sys
from collections.abc import Iterable
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
from experiments.cli import docs
from experiments.paths import DEFAULT_PROFILE, LOGS, ROOT, Layout
from experiments.products import (
    ANIMATED,
    BOUNDING,
    FURTHER,
    PRODUCTS,
    experiments_behind,
    family_of_table,
)
from experiments.publication.film import layers, size
from experiments.publication.report_tables import table
from experiments.rendering import tex
from experiments.rendering.arguments import arguments
from experiments.rendering.markup import html, plain
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
#: Problem families, each a section of the page.
FAMILIES = ("slice", *FURTHER)
#: What was found, with the paper's numbers.
FINDING = (
    r"Structure first: diffusion Q-learning on perceptrons scores \DqlScores{}, with projection, "
    r"credit by user and networks that treat all users alike \OursScores{}; then a model: fitting "
    r"the link to the same logs and optimizing scores \EtoScores{}; and last the actor: diffusion "
    r"adds \DetMargin{} points to a deterministic one on the same networks and critic, which "
    r"scores \DetSearchScores{} once its own critic ranks neighbours of its action. On "
    r"\PayoffCells{} further datasets, without that search, diffusion is significantly better on "
    r"\PayoffUp{}, worse on \PayoffDown{}."
)
#: A macro where it is defined, and where it is used; what one says whose number is not known.
MACRO = re.compile(r"\\newcommand\*\{\\([A-Za-z]+)\}\{(.*)\}")
USED = re.compile(r"\\([A-Z][A-Za-z]+)\{\}")
UNKNOWN = "n/a"


def data_uri(kind: str, image: bytes) -> str:
    """Return an image as the page holds it."""
    return f"data:image/{kind};base64,{base64.b64encode(image).decode('ascii')}"


def figure(name: str) -> dict[str, Any]:
    """Return what the template needs of a figure: its caption, and its image as a data URI."""
    image = (tex.FIGURES / f"{name}.png").read_bytes()
    return {
        "caption": read_json(tex.FIGURES / f"{name}.json")["caption"],
        "image": data_uri("png", image),
        # A PNG's width and height stand after its signature and the head of its first chunk.
        "width": int.from_bytes(image[16:20]),
        "height": int.from_bytes(image[20:24]),
    }


def films(family: str) -> list[dict[str, Any]]:
    """Return what the template needs of a family's animations, of those that are rendered."""
    found = []
    captions = tex.FIGURES / f"{ANIMATION}.json"
    for part in [part for part, of in ANIMATED.items() if of == family]:
        path = tex.FIGURES / f"{ANIMATION}_{part}.gif"
        if path.is_file() and captions.is_file():
            frames = layers(path)
            width, height = size(frames[0])
            found.append(
                {
                    "name": f"{ANIMATION}-{part}",
                    "caption": read_json(captions)[part],
                    "frames": [data_uri("gif", frame) for frame in frames],
                    "width": width,
                    "height": height,
                    "files": links([path]),
                }
            )
    return found


def finding() -> str | None:
    """Return what was found, in a sentence (TeX); None where a number of it is not known."""
    if not tex.NUMBERS.is_file():
        return None
    known = dict(MACRO.findall(tex.NUMBERS.read_text(encoding="utf-8")))
    if any(known.get(name, UNKNOWN) == UNKNOWN for name in USED.findall(FINDING)):
        return None
    return USED.sub(lambda used: str(known[used[1]]), FINDING)


def link(path: Path) -> str:
    """Return the address of a file relative to the page."""
    return quote(Path(relpath(path, PAGE.parent)).as_posix())


def links(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """Return the names of files and their addresses."""
    return [(path.name, link(path)) for path in paths]


def family_of(name: str) -> str:
    """Return the problem family that a product is about: its section of the page."""
    return next((family_of_table(file) for file in PRODUCTS[name].reads), "slice")


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
        "family": family_of(name),
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
        docs=link(docs.FOLDER / "index.html"),
        finding=finding(),
        headline=HEADLINE,
        excluded=excluded(aggregates),
        verdicts=check.check(check.load(), aggregates, workspace),
        products=shown,
        films={family: films(family) for family in FAMILIES},
        absent=[name for name, part in found.items() if part is None],
        runs=runs(workspace),
    )


def main() -> None:
    """Write ``artifacts/report/index.html``."""
    values = arguments()
    try:
        write_text(PAGE, page(values.aggregates, values.workspace))
        docs.stand_in()
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
