"""Stage: tidy CSV files from the raw logs of complete runs.

================  ===============================================================================
datasets.csv      one row a dataset, from the cards
main.csv          one row a run: its scores on the common test windows
curves.csv        one row a point of a learning curve
budget.csv        one row a method and budget of a configuration
scaling.csv       one row a method and number of users
scaling_time.csv  one row a solver and number of users: its time on the machine at hand
================  ===============================================================================

The part ``main`` is the first three, the part ``sweeps`` the others.
"""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from baselines.registry import METHODS
from difsched.config.base import check_choice
from difsched.utils.files import atomic, read_json, read_json_lines
from experiments.stage import Workspace, main
from experiments.store import read_manifest
from experiments.targets import SWEEPS

#: The oracle with the same information: the best that a method can be scored against.
BEST = {"predicted": "oracle_predicted", "perfect": "oracle"}


Rows = list[dict[str, Any]]


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write the CSV files of a part of a workspace into the folder ``--out``."""
    tables = PARTS[check_choice("part", arguments.part, PARTS)](workspace)
    for name, rows in tables.items():
        with atomic(arguments.out / f"{name}.csv") as path:
            pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")


def _main(workspace: Workspace) -> dict[str, Rows]:
    profile = workspace.profile
    runs = [
        folder
        for group in profile["groups"]
        for index in profile["configs"]
        for folder in read_manifest(workspace.manifest_path(group, index))
    ]
    experiments = [workspace.manager.load_experiment_config(i) for i in profile["configs"]]
    cards = sorted({experiment.dataset for experiment in experiments})
    return {
        "datasets": [_dataset(workspace.dataset_path(i).with_suffix(".json")) for i in cards],
        "main": _with_scores([_result(folder) for folder in runs]),
        "curves": [point for folder in runs for point in _curve(folder)],
    }


def _sweeps(workspace: Workspace) -> dict[str, Rows]:
    runs = {sweep: read_manifest(workspace.sweep_path(sweep)) for sweep in SWEEPS}
    tables = {
        sweep: [row for folder in folders for row in _points(folder, "result.json")]
        for sweep, folders in runs.items()
    }
    times = [row for folder in runs["scaling"] for row in _points(folder, "cost.json")]
    return {**tables, "scaling_time": times}


#: Each is made from manifests of its own.
PARTS = {"main": _main, "sweeps": _sweeps}


def _points(folder: Path, file: str) -> Rows:
    run = {"run": folder.name, "config": read_json(folder / "config.json")["config"]}
    return [{**run, **row} for row in read_json(folder / file)["rows"]]


def _dataset(path: Path) -> dict[str, Any]:
    card = read_json(path)
    environment = card["environment"]
    return {
        "config": card["config"],
        "N_user": environment["N_user"],
        "B": environment["B"],
        "dataflow": environment["dataflow"],
        "channel_classes": len(environment["sigmoid_k_list"]),
        "windows": card["windows"],
        "demand_mean": card["demand_mean"],
        "kappa": card["kappa"],
        "loss_sub_agents": card["loss"].get("sub_agents"),
        "loss_random": card["loss"].get("random"),
        "loss_behaviour": card["behaviour_loss"],
        "traffic": card["traffic"],
        "sha256": card["sha256"],
    }


def _run(folder: Path) -> dict[str, Any]:
    config = read_json(folder / "config.json")
    return {"run": folder.name, **{key: config[key] for key in ("method", "config", "seed")}}


def _result(folder: Path) -> dict[str, Any]:
    result = read_json(folder / "result.json")
    names = ("information", "loss", "qos_met", "starved")
    return {**_run(folder), **{name: result[name] for name in names}}


def _with_scores(rows: Rows) -> Rows:
    """Add the normalised score 100 (L_equal - L) / (L_equal - L_oracle) where both are there."""
    loss = {(row["method"], row["config"]): row["loss"] for row in rows}
    for row in rows:
        equal = loss.get(("equal", row["config"]))
        best = loss.get((BEST[row["information"]], row["config"]))
        row["score"] = None
        if equal is not None and best is not None and equal != best:
            row["score"] = 100 * ((equal - row["loss"]) / (equal - best))
    return rows


def _curve(folder: Path) -> Rows:
    run = _run(folder)
    training = METHODS[run["method"]].training
    if training is None:
        return []
    unit = {"offline": "gradient steps", "online": "windows of interaction"}[training]
    return [
        {**run, "unit": unit, **{name: point[name] for name in ("amount", "loss", "windows")}}
        for point in read_json_lines(folder / "metrics.jsonl")
    ]


if __name__ == "__main__":
    main(run, part=str, out=Path)
