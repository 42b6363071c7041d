"""The table of tuning: every trial counted, the best setting told where it is another one."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.tuning.space import Spaces
from paper import table12


def record(
    folder: Path, method: str, scores: list[list[float]], values: list[dict[str, Any]]
) -> None:
    rows = [
        {
            "family": "slice",
            "method": method,
            "config": config,
            "trial": trial,
            "loss": 0.2,
            "score": score,
            "seconds": 3 + trial,
            "values": json.dumps(values[trial]),
        }
        for config, of_config in zip((0, 3), scores, strict=True)
        for trial, score in enumerate(of_config)
    ]
    pd.DataFrame(rows).to_csv(folder / f"slice_{method}.csv", index=False)


def test_the_best_of_all_trials_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table12, "FOLDER", tmp_path)
    assert table12.table_of("slice", Spaces.load()) is None
    values = [{}, {"model.hidden": 96, "model.credit": "user"}, {"model.hidden": 32}]
    record(tmp_path, "det_set", [[90.0, 92.0, 80.0], [94.0, 95.0, 99.0]], values)
    record(tmp_path, "cql", [[70.0, 1.0, 2.0], [80.0, 1.0, 2.0]], values)
    table = table12.table_of("slice", Spaces.load())
    assert table is not None
    cells = {row[0]: list(row[1:]) for row in table.body if len(row) > 1}
    chosen = ["4", "hidden 96, credit user"]
    assert cells["Det-Set"] == ["6", "each user", "92.00", "93.50", "93.50", *chosen]
    assert cells["CQL"][2:5] == ["75.00"] * 3 and cells["CQL"][-1] == "as they were"
    assert "documented" not in table.caption


def test_what_stands_for_a_document_keeps_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table12, "FOLDER", tmp_path)
    record(tmp_path, "dql", [[40.0, 60.0], [40.0, 50.0]], [{}, {"model.eta": 3.0}])
    table = table12.table_of("slice", Spaces.load())
    assert table is not None
    assert table.body[-1][3:6] == ["40.00", "55.00", "40.00"]
    assert table.body[-1][-1] == "as they were"
    assert "DQL: whatever its trials bring" in table.caption
