"""F3: one marker a seed, a caption with every n, and the same bytes twice."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from difsched.utils.files import write_json
from experiments.multimodality.gaussian_mixtures import MIXTURES
from experiments.rendering import tex
from paper import fig3

SEEDS = (0, 1, 2)


def tables() -> dict[str, pd.DataFrame]:
    """Return tables as of a run with made-up figures."""
    generator = np.random.default_rng(0)
    run = {"run": "multimodal", "gradient_steps": 1800}
    mixtures = [
        {**run, "seed": seed, "mixture": name, "model": model, "energy_distance": 0.01 + seed / 100}
        | {"covered": 5 + seed, "near": 0.4, "lightest": 0.07, "data": 10_000, "samples": 9_000}
        for name in MIXTURES
        for model in fig3.CLONES
        for seed in SEEDS
    ]
    samples = [
        {"mixture": "ring", "model": model, "x": x, "y": y}
        for model in fig3.CLONES
        for x, y in generator.normal(size=(20, 2))
    ]
    places = [{"config": 0, "N_user": 8, "B": 100}, {"config": 1, "N_user": 20, "B": 200}]
    ties = [
        {**run, **place, "seed": seed, "model": model, "action": action, "windows": 300}
        | {"loss": (0.3 if model == "oracle" else 0.35) + place["config"] / 10}
        for place in places
        for model, action in [("oracle", "sample"), *fig3.TAKEN]
        for seed in SEEDS
    ]
    models = ["oracle", *fig3.LINES]
    grants = [
        {"config": 1, "model": model, "seed": seed, "rbs": rbs, "share": 0.5}
        for model in models
        for seed in SEEDS
        for rbs in (0, 14)
    ]
    examples = [
        {"config": 1, "model": model, "window": window, "user": user, "rbs": 14 * (user > 6)}
        for model in fig3.BLOCKS
        for window in range(1, 9)
        for user in range(1, 21)
    ]
    rows = (mixtures, samples, ties, grants, examples)
    return dict(zip(fig3.TABLES, map(pd.DataFrame, rows), strict=True))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the tables and a workspace, and send what is drawn to ``tmp_path``."""
    for name, rows in tables().items():
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    write_json(tmp_path / "spec.json", {"traces": None, "profile": {"note": "50 % & more."}})
    monkeypatch.setattr(tex, "FIGURES", tmp_path)
    places = ["--aggregates", str(tmp_path), "--workspace", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["fig3", *places])
    return tmp_path


def test_the_figure_drawn_twice_has_the_same_bytes_and_leaves_the_style_alone(folder: Path) -> None:
    fig3.main()
    files = [folder / f"fig3.{suffix}" for suffix in ("pdf", "png", "tex")]
    first, sizes = [path.read_bytes() for path in files], plt.rcParams["axes.titlesize"]
    assert all(len(content) > 1000 for content in first)
    assert rb"50 \% \& more." in first[2]
    fig3.main()
    assert [path.read_bytes() for path in files] == first
    assert plt.rcParams["axes.titlesize"] == sizes != fig3.SMALL["axes.titlesize"]


def test_the_caption_gives_every_n_and_what_averaging_costs() -> None:
    made = tables()
    text = fig3.describe(made, made["ties"][["config", "N_user", "B"]].drop_duplicates())
    for words in (
        r"cloned 10\,000 points",
        r"1\,800 gradient steps",
        r"Discs hold 99\,\%",
        "in each of 3 seeds",
        r"9\,000 fresh points",
        r"7, 7, 7, 7, 7, 7\,\% of the samples",
        "$N=20$, $B=200$, eight windows",
        "drops 6 users",
        r"30.0\,\% at $N=8$, $B=100$ and 40.0\,\% at $N=20$, $B=200$",
        "on 300 windows",
        "5.0 points at $N=8$, $B=100$ and 5.0 points at $N=20$, $B=200$",
    ):
        assert words in text, words
    assert "{" + "steps}" not in text and "nan" not in text


def test_each_row_has_a_marker_a_seed_and_kind_and_no_two_coincide() -> None:
    index = pd.MultiIndex.from_product([(0, 1), SEEDS], names=["config", "seed"])
    values = pd.DataFrame({"one": 1.0, "other": 2.0}, index=index)
    axes = plt.figure().subplots()
    fig3.draw_rows(axes, values, {0: "N = 8", 1: "N = 20"})
    points = [tuple(point) for line in axes.lines for point in line.get_xydata()]
    assert len(set(points)) == len(points) == values.size
    assert {(x, round(y)) for x, y in points} == {(1.0, 0), (2.0, 1)}
    plt.close("all")


def test_loss_is_counted_above_the_oracles_of_the_same_slice_and_seed() -> None:
    above = fig3.extra_loss(tables()["ties"])
    assert above["oracle", "sample"].to_numpy() == pytest.approx(np.zeros(6))
    assert above["gaussian", "mean"].to_numpy() == pytest.approx(np.full(6, 5.0))
