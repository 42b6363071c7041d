"""Tables and figures of runs that nobody made, written to a temporary folder."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from difsched.utils.files import write_json
from experiments.summaries import COLUMNS, overall, pairs, summary, user_loss
from experiments.trials import Trials
from paper import style, tex
from tests.synthetic_results import results

Render = Callable[..., dict[str, bytes]]


@pytest.fixture
def render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Render:
    """Return a function that renders a product and returns its files by name."""
    monkeypatch.setattr(tex, "TABLES", tmp_path / "paper")
    monkeypatch.setattr(tex, "FIGURES", tmp_path / "paper")
    monkeypatch.setattr(style, "FIGURES", tmp_path / "paper")
    write_json(
        tmp_path / "workspace" / "spec.json",
        {"traces": None, "traffic_id": "builtin", "profile": {"note": "50 % & more."}},
    )

    def call(name: str, **options: int) -> dict[str, bytes]:
        runs = results(**options)
        trials = Trials(runs)
        main = pd.DataFrame(runs)[["run", "method", "config", "seed", "jain", "starved"]]
        main["not_served"] = [run.get("not_served") for run in runs]
        main["score"] = [_score(trials, run["method"], run["config"], run["seed"]) for run in runs]
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


def _score(trials: Trials, method: str, config: int, seed: int) -> float | None:
    scored = trials.scored(method).get(config)
    return None if scored is None else float(scored.scores[seed])
