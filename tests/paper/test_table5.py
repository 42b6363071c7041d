"""T5: each number in its place, dashes where nothing ran, intervals over seeds."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from difsched.utils.files import write_json
from experiments.rendering import tex
from paper import table5

Rows = list[dict[str, Any]]
Render = Callable[..., str]


def runs(method: str, score: float, seeds: int, **more: Any) -> Iterator[dict[str, Any]]:
    """Yield a run a seed whose mean score is the given one."""
    for seed in range(seeds):
        value = score + seed - (seeds - 1) / 2
        yield {"method": method, "seed": seed, "score": value, "loss": (100 - value) / 200, **more}


def tables(seeds: int) -> dict[str, Rows]:
    """Return what is aggregated: scores that tell where they belong."""
    main: Rows = []
    for config in range(8):
        main += runs("dql_set", 90 + config, seeds, config=config)
        main += runs("oracle_predicted", 100, 1, config=config)
        main += [{"method": "oracle", "seed": 0, "config": config, "score": 100, "loss": 0.19}]
        main += [{"method": "mdp", "seed": 0, "config": config}]
    transfer: Rows = []
    for config, trained in ((2, 0), (6, 4)):
        for channel, score in (("shown", 70 + config), ("hidden", 60 + config)):
            place = {"config": config, "channel": channel}
            transfer += runs("dql_set", score, seeds, trained=trained, **place)
            transfer += runs("oracle_predicted", score + 20, 1, trained=config, **place)
    blind = list(runs("dql_set", 52, seeds, config=2, study="channel", field=None))
    truth: Rows = [
        *runs("dql_set", 44, seeds, config=3, study="truth", field=None),
        *runs("dql_set", 11, seeds, config=3, study="truth", field="candidates"),
    ]
    summary = [{"episodes": 100}]
    studies = {"truth": truth, "channel": blind}
    return {"main": main, "transfer": transfer, "summary": summary, **studies}


@pytest.fixture
def render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Render:
    monkeypatch.setattr(tex, "TABLES", tmp_path)
    spec: dict[str, Any] = {"traces": None, "traffic_id": "builtin", "profile": {}}
    write_json(tmp_path / "spec.json", spec)
    paths = ["--aggregates", str(tmp_path), "--workspace", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["table5", *paths])

    def call(seeds: int, **other: Rows) -> str:
        for name, rows in (tables(seeds) | other).items():
            columns = list(rows[0]) if rows else ["method", "trained", "config", "channel", "score"]
            pd.DataFrame(rows, columns=columns).to_csv(tmp_path / f"{name}.csv", index=False)
        table5.main()
        return (tmp_path / "table5.tex").read_text()

    return call


def cells(text: str, label: str, start: str) -> list[list[str]]:
    """Return the cells of the rows that begin so, of the table with a label."""
    [part] = [part for part in text.split(r"\begin{table*}") if rf"\label{{tab:{label}}}" in part]
    lines = [line.removesuffix(r" \\") for line in part.splitlines()]
    return [line.split(" & ")[1:] for line in lines if line.startswith(f"{start} & ")]


def test_scores_stand_by_what_was_learned_and_what_is_shown(render: Render) -> None:
    text = render(1)
    shown, hidden = cells(text, "table5", "DQL-Set (ours)")
    assert shown == ["92.0", "93.0", "96.0", "97.0", "72.0", "--", "76.0", "--"]
    assert hidden == ["52.0", "--", "--", "--", "62.0", "--", "66.0", "--"]
    shown, hidden = cells(text, "table5", "Oracle (forecast)")
    assert shown == ["100.0"] * 4 + ["--"] * 4
    assert hidden == ["82.0", "--", "86.0", "--"] + ["--"] * 4
    assert cells(text, "table5", "MDP") == []
    assert "0 for 2, 1 for 3, 4 for 6, 5 for 7" in text
    assert "One seed gives no interval." in text


def test_forecast_and_truth_stand_below_each_other(render: Render) -> None:
    text = render(1)
    loss, score = cells(text, "table5-information", "DQL-Set (ours)")
    assert loss[:5] == ["forecast", "5.00", "4.50", "4.00", "3.50"]
    assert score == ["forecast", *(f"{90 + config:.1f}" for config in range(8))]
    known = cells(text, "table5-information", "")
    assert known[0] == ["truth", "--", "--", "--", "28.00", "--", "--", "--", "--"]
    assert known[2] == ["truth", "--", "--", "--", "44.0", "--", "--", "--", "--"]
    [oracle] = cells(text, "table5-information", "Oracle")
    assert oracle == ["forecast", *["0.00"] * 8]
    assert known[1] == ["truth", *["19.00"] * 8]


def test_intervals_are_students_over_seeds(render: Render) -> None:
    text = render(3)
    # Scores x - 1, x, x + 1: t(2) / sqrt(3) = 4.303 / 1.732.
    shown, _ = cells(text, "table5", "DQL-Set (ours)")
    assert shown[0] == r"92.0\,{\scriptsize$\pm$2.5}"
    assert cells(text, "table5", "Oracle (forecast)")[0][0] == "100.0"
    for words in (r"mean over 3 seeds; 2\,000 test windows", "Student's $t$"):
        assert text.count(words) == 2, text
    assert "nan" not in text and "{numbers}" not in text


def test_without_pairs_or_studies_nothing_is_claimed(render: Render) -> None:
    bc = {"method": "bc", "seed": 0, "score": 1.0, "loss": 0.1, "config": 0}
    text = render(3, transfer=[], truth=[{**bc, "field": None}], channel=[{**bc, "field": None}])
    assert cells(text, "table5", "DQL-Set (ours)") == []
    assert cells(text, "table5-information", "DQL-Set (ours)") == []
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 2
