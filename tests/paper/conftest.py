"""Tables and figures of runs that nobody made, written to a temporary folder."""

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from difsched.utils.files import read_json, write_json
from experiments.aggregate.columns import COLUMNS
from experiments.aggregate.intervals import overall, pairs, summary, user_loss
from experiments.aggregate.results import Trials
from experiments.rendering import style, tex
from experiments.rendering.markup import html, plain
from tests.synthetic_results import LEARNERS, results

Render = Callable[..., dict[str, bytes]]
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
def render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Render:
    """Return a function that renders a product and returns its files by name."""
    monkeypatch.setattr(tex, "TABLES", tmp_path / "paper")
    monkeypatch.setattr(tex, "FIGURES", tmp_path / "paper")
    monkeypatch.setattr(style, "FIGURES", tmp_path / "paper")

    def call(name: str, seeds: int = 3, **options: Any) -> dict[str, bytes]:
        runs = results(seeds, **options)
        names = {run["method"]: [run["method"]] for run in runs}
        profile = {
            "note": "50 % & more.",
            "groups": names,
            "seeds": {name: list(range(seeds if name in LEARNERS else 1)) for name in names},
        }
        write_json(
            tmp_path / "workspace" / "spec.json",
            {"traces": None, "traffic_id": "builtin", "profile": profile},
        )
        trials = Trials(runs)
        main = pd.DataFrame(runs)[["run", "method", "config", "seed", "jain", "starved"]]
        main["not_served"] = [run.get("not_served") for run in runs]
        main["score"] = main["run"].map(_scores(trials))
        tables = {"main": main}
        for function in (summary, pairs, overall, user_loss):
            table = pd.DataFrame(function(trials), columns=COLUMNS.get(function.__name__))
            tables[function.__name__] = table
        (tmp_path / "aggregates").mkdir(exist_ok=True)
        for table, rows in tables.items():
            rows.to_csv(tmp_path / "aggregates" / f"{table}.csv", index=False)
        paths = ["--aggregates", str(tmp_path / "aggregates")]
        paths += ["--workspace", str(tmp_path / "workspace")]
        monkeypatch.setattr(sys, "argv", [name, *paths])
        importlib.import_module(f"paper.{name}").main()
        return {path.name: path.read_bytes() for path in sorted((tmp_path / "paper").iterdir())}

    return call


def _scores(trials: Trials) -> dict[str, float]:
    """Return run -> score, where there is one."""
    return {
        result["run"]: float(score)
        for config in trials.configs
        for trial in trials.on(config)
        if (scored := trials.score(trial)) is not None
        for result, score in zip(trial.results, scored.scores, strict=True)
    }
