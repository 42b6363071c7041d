"""Transfer to other channels, very short: from trained weights to CSV."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from difsched.baselines.method import Task
from difsched.config import ConfigManager
from difsched.env.slice.dataset import ARRAYS, OfflineDataset
from difsched.env.slice.traffic.generator import Trace, Traffic
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.utils.files import read_json, write_json
from experiments.aggregate import tables
from experiments.products import TRANSFERS, transfers
from experiments.runs.workspace import Workspace
from experiments.stages import dataset, study, sub_agents, sweep, train, transfer
from experiments.studies.variants import variants as listed

RULES = ["equal", "estimate_then_optimize", "oracle_predicted"]
PROFILE = {
    "configs": [0, 2],
    "groups": {"ours": ["dql_set"], "others": ["bc", "sac_offline"], "reference": RULES},
    "seeds": {"ours": [0, 1], "others": [0], "reference": [0]},
    "datasets": {"n_windows": 400},
    "main": {
        "evaluation": {"n_windows": 40},
        "offline": {"gradient_steps": 3, "curve_points": 0},
        "sac_offline": {"gradient_steps": 1, "curve_points": 0},
    },
    "studies": {"channel": {"configs": [2], "seeds": [0]}},
    "sweeps": {
        "scaling": {
            "configs": [0],
            "methods": ["equal"],
            "users": [8, 12],
            "learned": ["dql_set"],
            "n_windows": 40,
        }
    },
}


def stage(module: Any, workspace: Workspace, **values: object) -> None:
    module.run(workspace, argparse.Namespace(**values))


def trace(seed: int) -> Trace:
    """Return a trace that costs nothing to make."""
    packets = np.random.default_rng(seed).integers(0, 120, 1000)
    return Trace(packets=packets, forecast=0.7 * packets + 20)


def make(folder: Path, profile: dict[str, Any]) -> Workspace:
    write_json(folder / "spec.json", {"traces": None, "traffic_id": "builtin", "profile": profile})
    return Workspace(folder)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    space = make(tmp_path_factory.mktemp("transfer"), PROFILE)
    parts = (trace(seed) for seed in range(2))
    Traffic("thumb_fr", "generated", *parts).save(space.traffic_path("thumb_fr"))
    stage(sub_agents, space, agent=0)
    for index in PROFILE["configs"]:
        stage(dataset, space, family="slice", config=index)
        for group in PROFILE["groups"]:
            stage(train, space, group=group, family="slice", config=index)
    stage(transfer, space, family="slice", config=2)
    stage(tables, space, part="transfer", out=space.folder / "aggregates")
    return space


@pytest.fixture(scope="module")
def rows(workspace: Workspace) -> pd.DataFrame:
    return pd.read_csv(workspace.folder / "aggregates" / "transfer.csv")


def recorded(workspace: Workspace, method: str, config: int, seed: int = 0) -> float:
    folder = workspace.folder / "runs" / f"main-{method}-slice{config}-s{seed}"
    loss: float = read_json(folder / "result.json")["loss"]
    return loss


@pytest.mark.parametrize(("tested", "trained"), TRANSFERS.items())
def test_the_two_of_a_pair_differ_in_their_channel_classes_alone(tested: int, trained: int) -> None:
    five, one = (ConfigManager().load_env_config(index) for index in (tested, trained))
    assert (len(five.sigmoid_k_list), len(one.sigmoid_k_list)) == (5, 1)
    channel = {"sigmoid_k_list": one.sigmoid_k_list, "sigmoid_s_list": one.sigmoid_s_list}
    assert replace(five, **channel) == one
    # So hiding the channel shows a policy nothing that it has not seen in its training.
    assert five.mean_channel == (one.sigmoid_k_list[0], one.sigmoid_s_list[0])


def test_only_pairs_within_the_profile_are_asked_for(workspace: Workspace, tmp_path: Path) -> None:
    assert transfers(range(8)) == TRANSFERS
    assert transfers([0, 2, 3]) == {2: 0}
    with pytest.raises(InputError, match="config = 0: must be one of 2"):
        stage(transfer, workspace, family="slice", config=0)
    alone = make(tmp_path, PROFILE | {"configs": [0]})
    stage(tables, alone, part="transfer", out=tmp_path)
    assert len(pd.read_csv(tmp_path / "transfer.csv")) == 0


def test_every_agent_with_weights_is_tested_with_the_channel_shown_and_hidden(
    rows: pd.DataFrame,
) -> None:
    assert (rows.groupby("channel").size() == 6).all()
    assert set(rows["config"]) == {2} and rows["loss"].between(0, 1).all()
    trained = {name: set(part["trained"]) for name, part in rows.groupby("method")}
    learned = {"bc": {0}, "dql_set": {0}}
    assert trained == learned | {"estimate_then_optimize": {0, 2}, "oracle_predicted": {2}}
    assert set(rows.loc[rows["method"] == "dql_set", "seed"]) == {0, 1}


def test_what_is_tested_where_it_learned_loses_what_the_main_run_says(
    workspace: Workspace, rows: pd.DataFrame
) -> None:
    here = rows[(rows["trained"] == 2) & (rows["channel"] == "shown")].set_index("method")
    for name in ("estimate_then_optimize", "oracle_predicted"):
        assert here.loc[name, "loss"] == recorded(workspace, name, 2), name
    config, flow = (
        workspace.manager.load_env_config(0),
        Traffic.load(workspace.traffic_path("thumb_fr")),
    )
    for candidate in transfer.candidates(workspace, 0, 2, shown=True):
        if candidate.trained == 0:
            loss = evaluate(candidate.policy, config, flow.test, 40).loss.mean()
            assert loss == recorded(workspace, candidate.method, 0, candidate.seed), candidate


def test_scores_are_against_the_oracle_that_sees_the_channel(
    workspace: Workspace, rows: pd.DataFrame
) -> None:
    oracle = rows[rows["method"] == "oracle_predicted"].set_index("channel")
    assert oracle.loc["shown", "score"] == 100
    assert oracle.loc["hidden", "score"] < 100
    equal, best = (recorded(workspace, name, 2) for name in ("equal", "oracle_predicted"))
    assert rows["score"].to_numpy() == pytest.approx(100 * (equal - rows["loss"]) / (equal - best))


def test_the_study_learns_and_decides_blind_and_is_scored_alike(workspace: Workspace) -> None:
    stage(study, workspace, study="channel", variant="blind")
    [folder] = (workspace.folder / "runs").glob("channel-*")
    pair = read_json(workspace.folder / "runs" / "transfer-slice0-slice2" / "result.json")
    assert read_json(folder / "result.json")["levels"] == pair["levels"]
    setting = study.Setting(workspace, listed("channel")["blind"], 2)
    seen = OfflineDataset.load(workspace.dataset_path("slice", 2))
    hidden = seen.hide_channel(*setting.config.mean_channel)
    learned = Task(setting.config, setting.source, data=setting.data).dataset
    for name in ARRAYS:
        assert (getattr(setting.data, name) == getattr(seen, name)).all(), name
        assert (getattr(learned, name) == getattr(hidden, name)).all(), name


def test_a_complete_run_is_not_made_again(workspace: Workspace) -> None:
    record = workspace.folder / "runs" / "transfer-slice0-slice2" / "complete.json"
    before = record.stat().st_mtime_ns
    stage(transfer, workspace, family="slice", config=2)
    assert record.stat().st_mtime_ns == before


def test_estimates_without_the_channel_know_one_curve(workspace: Workspace) -> None:
    found = transfer.candidates(workspace, 0, 2, shown=False)
    curves = [c.policy.slope for c in found if c.method == "estimate_then_optimize"]  # type: ignore[attr-defined]
    assert [len(slope) for slope in curves] == [1, 1]


def test_trained_weights_decide_for_other_numbers_of_users(workspace: Workspace) -> None:
    options = workspace.profile.sweeps["scaling"]
    # Of the main runs the job waits for those alone whose weights it tests.
    manifest = workspace.manifest_path("reference", "slice", 0)
    manifest.unlink()
    folder = sweep.run_one(workspace, "scaling", 0, options)
    rows = {
        (row["method"], row["N_user"]): row["loss"]
        for row in read_json(folder / "result.json")["rows"]
    }
    at_home = np.mean([recorded(workspace, "dql_set", 0, seed) for seed in (0, 1)])
    assert rows["dql_set", 8] == pytest.approx(at_home, rel=1e-9)
    assert rows["optimum_lower", 12] <= rows["dql_set", 12] < 1
    inputs = read_json(folder / "config.json")["inputs"]
    assert {"main-dql_set-slice0-s0", "main-dql_set-slice0-s1"} < set(inputs)
