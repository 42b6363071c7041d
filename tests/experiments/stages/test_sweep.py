"""The sweeps, very short: from traffic to CSV and figures."""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.config import ConfigManager
from difsched.env.slice.traffic.generator import Traffic
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.utils.files import write_json
from experiments.aggregate import tables
from experiments.profiles.sweeps import resize
from experiments.rendering import tex
from experiments.runs.run import prune
from experiments.runs.workspace import Workspace
from experiments.stages import sub_agents, traffic
from experiments.stages import sweep as sweeps
from paper import fig6, fig7

METHODS = ["equal", "proportional", "mdp", "oracle_predicted", "oracle_bayes", "oracle"]
SPEC = {
    "traces": None,
    "traffic_id": "builtin",
    "profile": {
        "configs": [2],
        "sweeps": {
            "budget": {
                "configs": [2],
                "methods": METHODS,
                "rbs_per_user": [1.25, 12.5, 60],
                "n_windows": 40,
            },
            "scaling": {"configs": [2], "methods": METHODS, "users": [4, 12], "n_windows": 40},
        },
    },
}


def stage(module: object, workspace: Path, **values: object) -> None:
    module.run(Workspace(workspace), argparse.Namespace(**values))  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sweeps")
    write_json(folder / "spec.json", SPEC)
    stage(traffic, folder, dataflow="thumb_fr")
    stage(sub_agents, folder, agent=0)
    for sweep in ("budget", "scaling"):
        stage(sweeps, folder, sweep=sweep)
    stage(tables, folder, part="sweeps", out=folder / "aggregates")
    return folder


def points(workspace: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(workspace / "aggregates" / f"{name}.csv")


def table(workspace: Path, name: str, index: str) -> pd.DataFrame:
    return points(workspace, name).pivot(index=index, columns="method", values="loss")


def test_every_method_has_a_row_at_every_point(workspace: Path) -> None:
    rows = {"budget": ("B", [10, 100, 480]), "scaling": ("N_user", [4, 12])}
    for name, (index, expected) in rows.items():
        losses = table(workspace, name, index)
        assert list(losses.index) == expected
        assert set(losses.columns) == {*METHODS, "optimum_lower", "optimum_upper"}
        assert losses.notna().all(axis=None)
    scaling = points(workspace, "scaling")
    assert (scaling["B"] == 12.5 * scaling["N_user"]).all()


def test_at_its_own_budget_a_method_loses_what_the_main_evaluation_says(workspace: Path) -> None:
    config = ConfigManager().load_env_config(2)
    space = Workspace(workspace)
    task = Task(
        config, Traffic.load(space.traffic_path("thumb_fr")), agent_paths={0: space.agent_path(0)}
    )
    losses = table(workspace, "budget", "B").loc[config.B]
    for name in METHODS:
        method = find(name)
        scores = evaluate(method.fit(task), method.view(config), task.traffic.test, 40)
        assert losses[name] == pytest.approx(scores.loss.mean(), abs=1e-12), name


def test_the_optimum_lies_in_its_interval_and_no_scheduler_below(workspace: Path) -> None:
    for name, index in (("budget", "B"), ("scaling", "N_user")):
        losses = table(workspace, name, index)
        assert (losses["optimum_lower"] <= losses["oracle"] + 1e-12).all()
        assert (losses["oracle"] <= losses["optimum_upper"] + 1e-3).all()
        others = losses[METHODS].sub(losses["oracle"], axis=0)
        assert (others >= -1e-12).all(axis=None)


def test_loss_falls_with_the_budget_to_nothing(workspace: Path) -> None:
    losses = table(workspace, "budget", "B")[["equal", "oracle", "optimum_lower", "optimum_upper"]]
    assert (np.diff(losses, axis=0) < 0).all()
    assert (losses.loc[480] < 0.02).all()


def test_solvers_are_timed_apart_from_the_results(workspace: Path) -> None:
    times = points(workspace, "scaling_time")
    assert sorted(set(times["method"])) == ["dp", "dual"]
    assert (times["microseconds"] > 0).all() and (times["windows"] == 40).all()
    assert "microseconds" not in points(workspace, "scaling")


def test_only_a_damaged_run_is_made_again_and_to_the_same_bytes(workspace: Path) -> None:
    runs = workspace / "runs"
    before = {path.parent.name: path.stat().st_mtime_ns for path in runs.glob("*/complete.json")}
    assert set(before) == {"budget-slice2", "scaling-slice2"}
    result = (runs / "budget-slice2" / "result.json").read_bytes()
    (runs / "budget-slice2" / "result.json").write_text("{}")
    prune(workspace)
    assert not (workspace / "manifests" / "sweep-budget.json").exists()
    for sweep in before:
        stage(sweeps, workspace, sweep=sweep.removesuffix("-slice2"))
    after = {path.parent.name: path.stat().st_mtime_ns for path in runs.glob("*/complete.json")}
    assert {name for name in after if after[name] != before[name]} == {"budget-slice2"}
    assert (runs / "budget-slice2" / "result.json").read_bytes() == result


def test_the_groups_of_a_slice_follow_its_users_and_no_packet_is_sent_again() -> None:
    config = ConfigManager().load_env_config(2)
    larger = resize(config, 12, 77)
    assert (larger.N_user, larger.B, larger.sub_agents_idx) == (12, 77, [0, 0, 0])
    assert resize(config, 8, config.B) == config
    assert [len(group) for group in resize(config, 6, 60).user_map] == [4, 2]
    again = type(config).from_dict(config.to_dict() | {"retransmit": 1})
    with pytest.raises(InputError, match=r"retransmit = 1: must be 0"):
        resize(again, 8, 60)


@pytest.mark.parametrize(
    ("module", "sweep"), [(sweeps, "users"), (tables, "figures")], ids=["sweep", "part"]
)
def test_an_unknown_sweep_or_part_is_refused(
    workspace: Path, module: object, sweep: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=f"'{sweep}': must be one of"):
        stage(module, workspace, sweep=sweep, part=sweep, out=tmp_path)


@pytest.mark.parametrize("module", [fig6, fig7])
def test_figures_are_drawn_with_captions_that_give_n_and_the_interval(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object
) -> None:
    name = module.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    monkeypatch.setattr(tex, "FIGURES", tmp_path)
    aggregates = str(workspace / "aggregates")
    arguments = ["--aggregates", aggregates, "--workspace", str(workspace)]
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    module.main()  # type: ignore[attr-defined]
    for suffix in ("pdf", "png"):
        assert (tmp_path / f"{name}.{suffix}").stat().st_size > 5000
    caption = (tmp_path / f"{name}.tex").read_text()
    for words in ("40 test windows", "over 2 test episodes", r"95\,\% Student"):
        assert words in caption, caption
    assert "nan" not in caption and "{" + "windows}" not in caption
