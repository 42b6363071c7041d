"""Every figure shows all of its data: nothing that is drawn lies outside its axes."""

from pathlib import Path

import pandas as pd
import pytest

from tests.paper.drawings import FIGURES, committed, draw, outside

#: CSV file -> column -> a value for the last seed or row, far from all others.
FAR = {
    "main": {"score": -150.0, "jain": 0.03, "starved": 0.99, "loss": 0.99},
    "ablation": {"score": 12.0},
    "payoff": {"score": 12.0},
    "curves": {"loss": 0.97},
    "budget": {"loss": 1.0, "half_width": 0.2},
    "scaling": {"loss": 1.0, "half_width": 0.1},
    "scaling_time": {"microseconds": 1e5},
    "mixtures": {"energy_distance": 40.0},
    "mixture_samples": {"x": 9.0, "y": -7.0},
    "ties": {"loss": 0.99},
    "tie_grants": {"share": 0.95},
}


def stretch(aggregates: Path, sign: int) -> None:
    """Put the last row of every method, and of every variant and model, far away."""
    for name, columns in FAR.items():
        path = aggregates / f"{name}.csv"
        rows = pd.read_csv(path)
        keys = [key for key in ("config", "variant", "method", "model", "action") if key in rows]
        last = rows.groupby(keys, dropna=False, sort=False).tail(1).index
        for column, value in columns.items():
            rows.loc[last, column] = value if sign < 0 or column != "score" else 100 + abs(value)
        rows.to_csv(path, index=False)


@pytest.mark.parametrize("name", FIGURES)
def test_all_of_the_reference_lies_inside_the_axes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = draw(name, committed(tmp_path), tmp_path, monkeypatch)
    assert [where for axes in drawing.axes for where in outside(axes)] == []


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("name", FIGURES)
def test_a_seed_far_from_the_others_lies_inside_the_axes(
    name: str, sign: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aggregates = committed(tmp_path)
    stretch(aggregates, sign)
    drawing = draw(name, aggregates, tmp_path, monkeypatch)
    assert [where for axes in drawing.axes for where in outside(axes)] == []
