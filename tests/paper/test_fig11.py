"""F11 from tables that nobody measured, and the chart of a slot's schedule."""

from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from difsched.baselines.mec.greedy import greedy
from difsched.baselines.mec.oracle import optimum
from difsched.baselines.mec.solution import evaluate
from difsched.env.mec.config import CONFIGURATIONS
from difsched.env.mec.schedule import Bar
from difsched.env.mec.simulator import Simulator
from difsched.utils.seeding import seed_sequence
from experiments.aggregate.columns import columns_of
from paper.families.fig11 import most_different, sizes_of
from paper.shared.gantt import draw_schedule
from tests.paper.conftest import Render

SCORES = {"all_local": 0.0, "greedy": 90.0, "det_set": 80.0, "optimum": 100.0}


def write(folder: Path, configs: tuple[int, ...]) -> None:
    """Write runs of a few methods on some configurations, two seeds of the one that learns."""
    runs, summary, curves = [], [], []
    for config, (method, score) in product(configs, SCORES.items()):
        key = {"method": method, "family": "mec", "config": config}
        told = {"score": score, "qos": 0.5 + score / 500, "energy_j": 2.5}
        seeds = (0, 1) if method == "det_set" else (0,)
        runs += [key | told | {"seed": seed, "score": score + seed} for seed in seeds]
        summary.append(key | told | {"score_half_width": 3.0})
        curves += [
            key | told | {"seed": seed, "amount": amount, "windows": 40}
            for seed, amount in product(seeds, (10, 20))
            if method == "det_set"
        ]
    folder.mkdir(exist_ok=True)
    for name, rows in {"main": runs, "summary": summary, "curves": curves}.items():
        table = pd.DataFrame(rows).reindex(columns=list(columns_of(f"mec_{name}")))
        table.to_csv(folder / f"mec_{name}.csv", index=False)


@pytest.mark.parametrize("configs", [(3, 4, 9, 15), ()])
def test_it_is_drawn_of_what_ran_twice_with_the_same_bytes(
    configs: tuple[int, ...], render: Render, tmp_path: Path
) -> None:
    write(tmp_path / "aggregates", configs)
    first = render("fig11")
    assert sorted(first) == [f"fig11.{suffix}" for suffix in ("json", "pdf", "png", "tex")]
    assert "one slot of code n5" in first["fig11.tex"].decode()
    assert render("fig11") == first


def test_sizes_are_the_numbers_in_the_names_of_a_kind() -> None:
    assert sizes_of("code_n", range(25)) == {0: 2, 1: 3, 2: 4, 3: 5, 4: 6, 5: 7}
    assert sizes_of("scaled_k", [3, 15, 21]) == {15: 4, 21: 10}


def test_of_the_slots_that_in_which_the_optimum_gains_most_is_shown() -> None:
    config = CONFIGURATIONS.load("code_n2")
    one = most_different(config, 8)
    earned = [evaluate(action, one.seen, config)[0] for action in one.actions]
    assert one.rewards == pytest.approx(earned)
    seen = Simulator(config, 8, seed_sequence(config.randomSeed, "schedule")).observe()
    gain = optimum(seen, config).value - evaluate(greedy(seen, config), seen, config)
    assert one.rewards[1] - one.rewards[0] == pytest.approx(gain.max())


def test_a_chart_has_a_bar_for_each_stretch_of_time() -> None:
    _, axes = plt.subplots()
    found = [Bar(0, 0, "upload", 0.0, 0.5), Bar(0, 0, "served", 0.5, 1.0)]
    draw_schedule(axes, [*found, Bar(1, 0, "local", 0.0, 2.0)], np.array([1.0, 1.5]))
    assert [(patch.get_x(), patch.get_width()) for patch in axes.patches] == [
        (0.0, 0.5),
        (0.5, 0.5),
        (0.0, 2.0),
    ]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["UE 0", "UE 1"]
    plt.close("all")
