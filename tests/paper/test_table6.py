"""T6: medians by size of the slice, peaks over all runs, and what is missing told apart."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from difsched.utils.files import write_json
from experiments.rendering import tex
from experiments.rendering.markup import plain
from paper import table6

SIZES = {0: 8, 1: 20, 2: 8, 3: 20}
SEEDS = range(3)
#: A dash of TeX, as plain text.
NONE = plain("--")


def costs() -> list[dict[str, Any]]:
    """Return runs whose costs tell where they belong; no configuration of 20 users has ``mdp``."""
    rows = []
    for config, users in SIZES.items():
        for seed in SEEDS:
            row = {"method": "dql_set", "config": config, "seed": seed, "parameters": 51_971}
            row |= {"fit_cpu_seconds": 10 * users + config + seed, "peak_mib": 700 + seed + config}
            rows.append({**row, "decide_ms_p50": users / 10, "decide_ms_p99": users / 4 + seed})
            rows[-1]["processor"] = "Left"
        rule = {"config": config, "seed": 0, "peak_mib": 300.4, "processor": "Left"}
        fast = {"fit_cpu_seconds": 0.004, "decide_ms_p50": 0.0123, "decide_ms_p99": 0.02}
        rows.append({**rule, **fast, "method": "equal"})
        slow = {"fit_cpu_seconds": 0.0123, "decide_ms_p50": 1.26, "decide_ms_p99": 120.4}
        rows.append({**rule, **(slow if users == 8 else {}), "method": "mdp"})
    return rows


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, list[str]]]:
    monkeypatch.setattr(tex, "TABLES", tmp_path)
    spec: dict[str, Any] = {"traces": None, "traffic_id": "builtin", "profile": {}}
    write_json(tmp_path / "spec.json", spec)
    paths = ["--aggregates", str(tmp_path), "--workspace", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["table6", *paths])

    def call(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
        point = {"method": "dql_set", "unit": "gradient steps"}
        curves = [{**point, "amount": amount} for amount in (600, 1200)]
        datasets = [{"config": config, "N_user": users} for config, users in SIZES.items()]
        for name, table in (("costs", rows), ("curves", curves), ("datasets", datasets)):
            pd.DataFrame(table).to_csv(tmp_path / f"{name}.csv", index=False)
        table6.main()
        [table] = tex.read_tables("table6")
        assert all(len(row) in (0, 1, len(table.header)) for row in table.body)
        assert sum(count for _, count in table.groups) == len(table.header) == len(table.columns)
        # As readers without TeX see them.
        rows = [row for row in table.body if len(row) > 1]
        return {row[0]: [plain(cell) for cell in row[1:]] for row in rows}

    return call


def test_cells_are_medians_of_the_runs_of_a_size(
    lines: Callable[..., dict[str, list[str]]], tmp_path: Path
) -> None:
    found = lines(costs())
    assert list(found) == ["Equal", "MDP", "DQL-Set (ours)"]
    # Seeds 0 to 2 of configurations 0 and 2, and of 1 and 3: medians of 80 + and 200 + 0..4, 1..5.
    fit, weights = ["82", "203"], ["51 971"] * 2
    decide = ["0.80", "2.0", "3.0", "6.0"]
    assert found["DQL-Set (ours)"] == ["1 200 steps", *fit, *weights, *decide, "705"]
    caption = tex.read_tables("table6")[0].caption
    assert "medians over 3 seeds" in caption
    assert "n/a" in caption


def test_nothing_to_fit_no_weights_and_not_served_are_told_apart(
    lines: Callable[..., dict[str, list[str]]],
) -> None:
    found = lines(costs())
    nothing = [NONE] * 5
    assert found["Equal"] == [*nothing, "0.012", "0.012", "0.020", "0.020", "300"]
    decide = ["1.3", "n/a", "120", "n/a"]
    assert found["MDP"] == [NONE, "0.012", "n/a", NONE, NONE, *decide, "300"]


def test_the_points_of_a_column_stand_below_each_other() -> None:
    cells = [table6.amount(value) for value in (0.016, 0.16, 1.26, 10.4, 120.4)]
    widths = [len(cell.replace(r"\phantom{", "").replace("}", "").split(".")[-1]) for cell in cells]
    assert widths == [3] * len(cells)
    assert [plain(cell) for cell in cells] == ["0.016", "0.16", "1.3", "10", "120"]


def test_where_all_are_served_nothing_is_said_of_it(
    lines: Callable[..., dict[str, list[str]]],
) -> None:
    lines([row for row in costs() if row["method"] != "mdp" and row["seed"] == 0])
    caption = tex.read_tables("table6")[0].caption
    assert "n/a" not in caption
    assert "medians over one seed" in caption


def test_several_processors_are_told_apart(lines: Callable[..., dict[str, list[str]]]) -> None:
    rows = [
        {**row, "processor": "Right" if row["method"] == "mdp" or row["config"] == 0 else "Left"}
        for row in costs()
    ]
    found = lines([row for row in rows if (row["method"], row["config"]) != ("equal", 0)])
    last = {name: cells[-1] for name, cells in found.items()}
    assert last == {"Equal": "a", "MDP": "b", "DQL-Set (ours)": "a, b"}
    caption = tex.read_tables("table6")[0].caption
    assert "a Left and b Right; times of different ones rank nothing" in caption
    assert "machine at hand" not in caption


def test_one_processor_has_no_column(lines: Callable[..., dict[str, list[str]]]) -> None:
    assert lines(costs())["Equal"][-1] == "300"
    assert "on the machine at hand" in tex.read_tables("table6")[0].caption
