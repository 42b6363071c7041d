"""Tables and figures of runs that nobody made, written to a temporary folder."""

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from difsched.utils.files import read_json, write_json
from experiments.aggregate.columns import write_tables
from experiments.aggregate.intervals import overall, pairs, summary, user_loss
from experiments.aggregate.method_runs import FamilyRuns
from experiments.aggregate.rows import Row
from experiments.aggregate.tables import main_row
from experiments.products import module_of
from experiments.rendering import tex
from experiments.rendering.markup import html, plain
from tests.synthetic_results import LEARNERS
from tests.synthetic_results import runs as synthetic

Render = Callable[..., dict[str, bytes]]
Draw = Callable[[str, Mapping[str, Any]], dict[str, bytes]]
#: What is left of HTML are letters, signs and entities.
ELEMENT = re.compile(r"</?(b|i|small|sup|sub|code)>")


def texts(value: Any) -> list[str]:
    """Return every text in the JSON of a table or a figure."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    return [text for part in parts if not isinstance(part, int) for text in texts(part)]


def unreadable(folder: Path) -> list[str]:
    """Return the texts of a folder's tables and figures in which markup leaves TeX."""
    paths = [path for pattern in ("table*.json", "fig*.json") for path in folder.rglob(pattern)]
    every = [text for path in sorted(paths) for text in texts(read_json(path))]
    return [
        text
        for text in every
        if set(plain(text)) & set("\\${}") or set(ELEMENT.sub("", html(text))) & set("\\${}<>")
    ]


@pytest.fixture(autouse=True)
def readable(tmp_path: Path) -> Iterator[None]:
    """Check whatever a test of this folder rendered: it can be read without TeX."""
    yield
    assert unreadable(tmp_path) == []


@pytest.fixture
def draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Return a function that runs the script of a product on a profile and on ``aggregates/``.

    It returns all that was drawn so far, by name.
    """
    folders = {name: tmp_path / name for name in ("paper", "aggregates", "workspace")}
    for name in ("TABLES", "FIGURES"):
        monkeypatch.setattr(tex, name, folders["paper"])
    monkeypatch.setattr(tex, "NUMBERS", folders["paper"] / "numbers.tex")

    def call(name: str, profile: Mapping[str, Any]) -> dict[str, bytes]:
        spec = {"traces": None, "traffic_id": "builtin", "profile": profile}
        write_json(folders["workspace"] / "spec.json", spec)
        paths = [(f"--{option}", str(folders[option])) for option in ("aggregates", "workspace")]
        monkeypatch.setattr(sys, "argv", [name, *chain(*paths)])
        importlib.import_module(module_of(name)).main()
        return {path.name: path.read_bytes() for path in sorted(folders["paper"].iterdir())}

    return call


@pytest.fixture
def render(tmp_path: Path, draw: Draw) -> Render:
    """Return a function that renders a product of synthetic runs and returns its files by name."""

    def call(name: str, seeds: int = 3, **options: Any) -> dict[str, bytes]:
        runs = synthetic(seeds, **options)
        names = {run.key.method: [run.key.method] for run in runs}
        family = FamilyRuns("slice", runs)
        scores = family.scores()
        tables: dict[str, Sequence[Row]] = {
            "main": [main_row(run, scores.get(run.key.run)) for run in runs],
            **{one.__name__: one(family) for one in (summary, pairs, overall, user_loss)},
        }
        write_tables(tables, tmp_path / "aggregates")
        profile = {
            "note": "50 % & more.",
            "configs": sorted({run.key.config for run in runs}),
            "groups": names,
            "seeds": {name: list(range(seeds if name in LEARNERS else 1)) for name in names},
        }
        return draw(name, profile)

    return call
