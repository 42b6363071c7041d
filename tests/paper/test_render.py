"""Tables and figures: right numbers, TeX that TeX takes, the same bytes twice."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from difsched.env.slice.traffic.generator import load_traffic
from difsched.family import FAMILIES
from difsched.utils.files import write_json
from experiments.products import module_of
from experiments.rendering import style, tex

METHODS = {"equal": 0.32, "mdp": 0.31, "oracle_predicted": 0.24, "oracle": 0.2, "dql_set": 0.25}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Make aggregates and a workspace by hand, and send what is rendered to ``tmp_path``."""
    runs, curves = [], []
    for config in range(8):
        for method, loss in METHODS.items():
            for seed in range(3 if method == "dql_set" else 1):
                run = {"run": f"{method}{config}{seed}", "method": method, "config": config}
                run |= {
                    "seed": seed,
                    "loss": loss + 0.01 * seed,
                    "score": 100 * (0.32 - loss) / 0.08,
                }
                runs.append(run)
                if method == "dql_set":
                    point = {"unit": "gradient steps", "windows": 200, "amount": 1000}
                    curves += [{**run, **point}, {**run, **point, "amount": 2000}]
    aggregates, workspace = tmp_path / "aggregates", tmp_path / "workspace"
    aggregates.mkdir()
    pd.DataFrame(runs).to_csv(aggregates / "main.csv", index=False)
    pd.DataFrame(curves).to_csv(aggregates / "curves.csv", index=False)
    rows = [
        {"config": c, "N_user": 8, "B": 100, "dataflow": "thumb_fr", "channel_classes": 1}
        | {"windows": 50000, "demand_mean": 51.0, "kappa": 1.14}
        | {"loss_sub_agents": 0.33, "loss_random": np.nan}
        | {"loss_equal": 0.32, "loss_oracle_predicted": 0.24, "loss_oracle": 0.2}
        for c in range(8)
    ]
    pd.DataFrame(rows).to_csv(aggregates / "datasets.csv", index=False)
    spec = {"traces": None, "traffic_id": "builtin", "profile": {"note": "50 % & more."}}
    write_json(workspace / "spec.json", spec)
    monkeypatch.setattr(tex, "TABLES", tmp_path / "tables")
    monkeypatch.setattr(tex, "FIGURES", tmp_path / "figures")
    arguments = ["render", "--aggregates", str(aggregates), "--workspace", str(workspace)]
    monkeypatch.setattr(sys, "argv", arguments)
    return tmp_path, workspace


def render(name: str) -> None:
    importlib.import_module(module_of(name)).main()


def test_table_1_shows_what_is_missing_as_a_dash(folders: tuple[Path, Path]) -> None:
    render("table1")
    text = (folders[0] / "tables" / "table1.tex").read_text()
    assert text.count(r"& 33.0 & -- & 32.0 & 24.0 & 20.0 \\") == 8


@pytest.mark.parametrize("name", ["fig1", "fig2", "fig4"])
def test_a_figure_drawn_twice_has_the_same_bytes(name: str, folders: tuple[Path, Path]) -> None:
    folder, workspace = folders
    for dataflow in ("thumb_fr", "thumb_bk"):
        load_traffic(dataflow).save(workspace / "traffic" / f"{dataflow}.npz")
    drawn = []
    for _ in range(2):
        render(name)
        paths = sorted((folder / "figures").iterdir())
        drawn.append({path.name: path.read_bytes() for path in paths})
    assert list(drawn[0]) == [f"{name}.{suffix}" for suffix in ("json", "pdf", "png", "tex")]
    assert drawn[0] == drawn[1]


def test_every_method_has_a_look_of_its_own() -> None:
    registry = importlib.import_module("difsched.baselines.registry")
    methods = registry.METHODS
    every = {name for family in FAMILIES for name in registry.methods(family)}
    assert set(style.LOOKS) <= every
    looks = [style.look_of(name) for name in methods]
    assert len({(look.color, look.marker, look.dashes) for look in looks}) == len(looks)
    assert style.look_of("my_own") in looks


def test_tex_is_escaped() -> None:
    assert tex.escape(r"a_b & 5% \x {y} #$") == r"a\_b \& 5\% \textbackslash{}x \{y\} \#\$"
