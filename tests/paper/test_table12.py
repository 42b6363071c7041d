"""The table of tuning: every trial counted, the best setting told where it is another one."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.tuning.space import Spaces
from paper import table12


def record(
    folder: Path,
    method: str,
    scores: list[list[float]],
    values: list[dict[str, Any]],
    again: dict[int, float] | None = None,
) -> None:
    rows = [
        {
            "family": "slice",
            "method": method,
            "config": config,
            "trial": trial,
            "seed": seed,
            "loss": 0.2,
            "score": score,
            "seconds": 3 + trial,
            "values": json.dumps(values[trial]),
        }
        for config, of_config in zip((0, 3), scores, strict=True)
        for seed, of_seed in enumerate([dict(enumerate(of_config)), *[again or {}] * 2])
        for trial, score in of_seed.items()
    ]
    frame = pd.DataFrame(rows).sort_values("seed", kind="stable")
    frame.to_csv(folder / f"slice_{method}.csv", index=False)


def test_the_best_of_all_trials_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table12, "FOLDER", tmp_path)
    assert table12.table_of("slice", Spaces.load()) is None
    before = {"model.layers": 2, "model.hidden": 64.0}
    values = [
        before,
        before | {"model.hidden": 96, "model.credit": "user"},
        {"model.layers": 2, "model.hidden": 64},
    ]
    scores = [[90.0, 92.0, 80.0], [94.0, 95.0, 99.0]]
    record(tmp_path, "det_set", scores, values, {0: 92.5, 1: 93.5})
    record(tmp_path, "flow_set", scores, values, {0: 93.5, 1: 93.5})
    record(tmp_path, "cql", [[70.0, 1.0, 2.0], [80.0, 1.0, 2.0]], values)
    table = table12.table_of("slice", Spaces.load())
    assert table is not None
    cells = {row[0]: list(row[1:]) for row in table.body if len(row) > 1}
    means = ["92.00", "93.50", "92.33", "93.50"]
    assert cells["Det-Set"] == ["14", "each user", *means, "4", "hidden 96, credit user"]
    means = ["92.00", "93.50", "93.00", "93.50"]
    assert cells["Flow-Set"] == ["14", "each user", *means, "3", "from before"]
    assert cells["CQL"][2:6] == ["75.00", "75.00", "--", "--"]
    assert cells["CQL"][-1] == "from before"
    assert ("3 seeds", 2) in table.groups
    assert "documented" not in table.caption


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("sac", "interaction"),
        ("sac_offline", "window"),
        ("iql", "window"),
        ("bc", "actions"),
        ("spo_plus", "each user"),
        ("ips", "each user"),
    ],
)
def test_what_a_method_learns_from_is_told(
    method: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table12, "FOLDER", tmp_path)
    record(tmp_path, method, [[40.0, 60.0], [40.0, 50.0]], [{}, {}], {0: 40.0, 1: 55.0})
    table = table12.table_of("slice", Spaces.load())
    assert table is not None
    assert table.body[-1][2] == told


def test_what_stands_for_a_document_keeps_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table12, "FOLDER", tmp_path)
    record(
        tmp_path, "dql", [[40.0, 60.0], [40.0, 50.0]], [{}, {"model.eta": 3.0}], {0: 40.0, 1: 55.0}
    )
    table = table12.table_of("slice", Spaces.load())
    assert table is not None
    assert table.body[-1][3:7] == ["40.00", "55.00", "--", "--"]
    assert table.body[-1][-1] == "from before"
    assert "whatever trials bring: DQL." in table.caption
