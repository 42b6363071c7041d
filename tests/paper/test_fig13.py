"""F13 from tables that nobody measured."""

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from difsched.baselines.registry import methods
from experiments.aggregate.columns import columns_of
from paper.families.fig13 import not_above
from tests.paper.conftest import Render

#: On either size of a mode, and less by five with every mode.
SCORES = {
    **{"equal": 0.0, "drf": 64.0, "load_first": 82.0, "bc": -45.0, "det_set": 97.0},
    **{"dql_set": 98.0, "dqn": 74.0, "ppo": 76.0, "sac": 85.0, "oracle": 100.0},
}
LEARNED = ("bc", "det_set", "dql_set", "dqn", "ppo", "sac")


def write(folder: Path, configs: tuple[int, ...]) -> None:
    """Write runs of a few methods on some configurations, three seeds of those that learn."""
    runs, summary, curves, ablation = [], [], [], []
    for config, (method, score) in product(configs, SCORES.items()):
        score -= config / 2
        key = {"method": method, "family": "alloc", "config": config}
        seeds = (0, 1, 2) if method in LEARNED else (0,)
        own = [key | {"seed": s, "score": score + s, "loss": -0.3 - score / 700} for s in seeds]
        runs += own
        summary.append(key | {"score": score + 1, "score_half_width": 3.0, "loss": -0.3})
        curves += [
            row | {"amount": amount, "windows": 200, "loss": row["loss"] + 50 / amount}
            for row, amount in product(own, range(1000, 50_000, 5000))
            if method in ("dqn", "ppo", "sac")
        ]
    for variant, seed in product(range(8 if configs else 0), (0, 1)):
        words = {"variant": f"v{variant}" if variant else "dqn", "group": "DQN", "label": "0.1"}
        ablation.append(words | {"method": "dqn", "seed": seed, "score": 70.0 + variant - seed})
    folder.mkdir(exist_ok=True)
    made = {"main": runs, "summary": summary, "curves": curves, "ablation": ablation}
    for name, rows in made.items():
        table = pd.DataFrame(rows).reindex(columns=list(columns_of(f"alloc_{name}")))
        table.to_csv(folder / f"alloc_{name}.csv", index=False)


@pytest.mark.parametrize("configs", [(2, 3, 6, 10, 11), ()])
def test_it_is_drawn_of_what_ran_twice_with_the_same_bytes(
    configs: tuple[int, ...], render: Render, tmp_path: Path
) -> None:
    write(tmp_path / "aggregates", configs)
    first = render("fig13")
    assert sorted(first) == [f"fig13.{suffix}" for suffix in ("json", "pdf", "png", "tex")]
    assert ("stand at the edge" in first["fig13.tex"].decode()) == bool(configs)
    assert render("fig13") == first


def test_what_ends_below_the_equal_split_is_named() -> None:
    rows = [("dqn", 2, -3.0), ("sac", 2, 80.0), ("ppo", 10, 0.0), ("bc", 2, -40.0)]
    summary = pd.DataFrame(rows, columns=["method", "config", "score"])
    said = not_above(summary, methods("alloc"))
    assert "DQN (online) on leontief 3x5, PPO (online) on backlog 3x5." in said
    assert not_above(summary[summary["score"] > 0], methods("alloc")).startswith("All")
