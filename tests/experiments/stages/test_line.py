"""The whole line, very short: from traffic to CSV, twice, to the same bytes."""

import argparse
from pathlib import Path

import pandas as pd
import pytest

from difsched.utils.files import read_json, write_json
from experiments.aggregate import tables
from experiments.runs.run import prune
from experiments.runs.workspace import Workspace
from experiments.stages import dataset, sub_agents, traffic, train

ORACLES = ["oracle", "oracle_predicted", "oracle_bayes"]
LEARNERS = ["bc", "dql", "dql_set", "sac"]
METHODS = ["equal", "mdp", *ORACLES, *LEARNERS]
SPEC = {
    "traces": None,
    "traffic_id": "builtin",
    "profile": {
        "configs": [2],
        "groups": {"all": METHODS},
        "seeds": {"all": [0]},
        "datasets": {"n_windows": 400},
        "main": {
            "evaluation": {"n_windows": 40},
            "offline": {"gradient_steps": 4, "curve_points": 2},
            "dql": {"gradient_steps": 4, "curve_points": 2},
            "online": {"windows": 3200, "curve_points": 2},
        },
    },
}


def stage(module: object, workspace: Path, **values: object) -> None:
    module.run(Workspace(workspace), argparse.Namespace(**values))  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folders = []
    for name in ("first", "second"):
        workspace = tmp_path_factory.mktemp(name)
        write_json(workspace / "spec.json", SPEC)
        stage(traffic, workspace, dataflow="thumb_fr")
        stage(sub_agents, workspace, agent=0)
        stage(dataset, workspace, family="slice", config=2)
        stage(train, workspace, group="all", family="slice", config=2)
        for part in ("datasets", "main"):
            stage(tables, workspace, part=part, out=workspace / "aggregates")
        folders.append(workspace)
    return folders


def test_the_same_line_twice_gives_the_same_bytes(workspaces: list[Path]) -> None:
    first, second = workspaces
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    # What tells of the machine and the hour, and the checksums of that.
    may_differ = {"run.json", "cost.json", "resources.json", "metrics.json", "costs.csv"}
    may_differ |= {"complete.json", "main-all-slice2.json"}
    compared = [path for path in files if path.name not in may_differ]
    assert len(compared) > 30
    for path in compared:
        assert (first / path).read_bytes() == (second / path).read_bytes(), path


def test_every_method_has_a_row_and_every_learner_a_curve(workspaces: list[Path]) -> None:
    aggregates = workspaces[0] / "aggregates"
    runs = pd.read_csv(aggregates / "main.csv").set_index("method")
    assert list(runs.index) == METHODS
    assert runs["loss"].between(0, 1).all()
    assert runs.loc["equal", "score"] == 0
    assert runs.loc["oracle", "score"] == runs.loc["oracle_predicted", "score"] == 100
    costs = pd.read_csv(aggregates / "costs.csv").set_index("method")
    assert list(costs.index) == METHODS
    assert (costs[["decide_ms_p50", "peak_mib"]] > 0).all(axis=None)
    assert costs["parameters"].notna().sum() == len(LEARNERS)
    curves = pd.read_csv(aggregates / "curves.csv")
    assert curves.groupby("method").size().to_dict() == dict.fromkeys(LEARNERS, 2)
    assert len(pd.read_csv(aggregates / "datasets.csv")) == 1


def test_runs_leave_no_pickle_and_no_path_of_this_machine(workspaces: list[Path]) -> None:
    for path in (workspaces[0] / "runs").rglob("*"):
        if path.is_file():
            assert path.suffix in {".json", ".jsonl", ".txt", ".safetensors"}
        if path.name in {"config.json", "result.json"}:
            assert str(workspaces[0]) not in path.read_text()


def test_a_removed_seed_is_the_only_one_made_again(workspaces: list[Path]) -> None:
    workspace = workspaces[1]
    runs = workspace / "runs"
    before = {path.parent.name: path.stat().st_mtime_ns for path in runs.glob("*/complete.json")}
    result = read_json(runs / "main-dql_set-slice2-s0" / "result.json")
    (runs / "main-dql_set-slice2-s0" / "result.json").unlink()
    prune(workspace)
    stage(train, workspace, group="all", family="slice", config=2)
    after = {path.parent.name: path.stat().st_mtime_ns for path in runs.glob("*/complete.json")}
    assert {name for name in after if after[name] != before[name]} == {"main-dql_set-slice2-s0"}
    assert read_json(runs / "main-dql_set-slice2-s0" / "result.json") == result
