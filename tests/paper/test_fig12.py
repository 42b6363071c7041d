"""F12 from tables that nobody measured."""

from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from experiments.aggregate.columns import columns_of
from experiments.products import PRODUCTS
from experiments.studies.variants import variants
from paper.families import fig12
from tests.paper.drawings import draw, outside

STUDY = variants("mlb_augmentation")


def write(folder: Path, configs: tuple[int, ...]) -> pd.DataFrame:
    """Write states and scores on some configurations, and return the latter."""
    place = {
        "family": "mlb",
        "share_x": 0.5,
        "share_y": 0.2,
        "space_error": 0.5,
        "discrepancy": 0.1,
    }
    keys = list(product(configs, fig12.STATES))
    real = [place | {"config": config, "states": name} for config, name in keys]
    states = [one | {"x": x, "y": x**2} for one in real for x in range(3)]
    scores = [
        {"config": config, "seed": seed, "group": one.group, "label": one.label, "x": one.x}
        | {"score": 50.0 + 10 * (one.x or 0) + seed}
        for config, seed, one in product(configs, (0, 1), STUDY.values())
    ]
    folder.mkdir()
    tables = {"mlb_coverage": states, "mlb_realism": real, "mlb_augmentation": scores}
    assert set(tables) == set(PRODUCTS["fig12"].reads)
    for name, rows in tables.items():
        table = pd.DataFrame(rows).reindex(columns=list(columns_of(name)))
        table.to_csv(folder / f"{name}.csv", index=False)
    return pd.DataFrame(scores)


@pytest.mark.parametrize("configs", [(1, 2), (3,), ()])
def test_it_shows_what_ran_inside_its_axes(
    configs: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "aggregates", configs)
    drawing = draw("fig12", tmp_path / "aggregates", tmp_path, monkeypatch)
    assert [where for axes in drawing.axes for where in outside(axes)] == []
    assert len(drawing.axes) == 2 * max(len(configs), 1)
    text = (tmp_path / "fig12.tex").read_text()
    assert ("synthetic rrl and synthetic rl" in text) == (configs == (1, 2))
    assert ("runs none of it" in text) == (configs == ())
    plt.close(drawing)


def test_gains_are_paired_by_seed_and_told_with_their_interval(tmp_path: Path) -> None:
    scores = write(tmp_path / "aggregates", (1, 2))
    said = fig12.verdict(scores)
    assert r"credit by window: relabelled $+10\pm0$, noise $+20\pm0$" in said
    scores.loc[scores["label"] == "noise", "score"] += 10 * scores["seed"] - 5
    assert r"noise $+20\pm9$" in fig12.verdict(scores)
    assert fig12.verdict(scores[scores["label"] == "cf"]) == ""


def test_the_study_pairs_every_augmentation_with_both_credits() -> None:
    groups = {one.group for one in STUDY.values()}
    labels = {one.label for one in STUDY.values()}
    assert len(STUDY) == len(groups) * len(labels) == 10
    assert all(one.own_data for one in STUDY.values())
    assert {one.model["credit"] for one in STUDY.values()} == {"window", "user"}
