"""Stage: tidy CSV files from the raw logs of complete runs.

================  ===============================================================================
methods.csv       one row a method: how tables print its name, and what it is
datasets.csv      one row a dataset, from the cards, and what no learning reaches on its slice
main.csv          one row a run: its scores on the common test windows
costs.csv         one row a run: what it cost on the machine at hand
curves.csv        one row a point of a learning curve
summary.csv       one row a method and configuration: means over seeds with intervals
pairs.csv         one row two methods and a configuration: the difference of their losses
overall.csv       one row a method and statistic of its scores across configurations
user_loss.csv     one row a method, configuration and loss: share of user-windows that lose less
budget.csv        one row a method and budget of a configuration
scaling.csv       one row a method and number of users
scaling_time.csv  one row a solver and number of users: its time on the machine at hand
ablation.csv, payoff.csv, truth.csv, channel.csv: one row a run of a study, or a further setting of
                  its decisions
transfer.csv      one row a policy on a configuration on which it did not learn
mixtures.csv, mixture_samples.csv, ties.csv, tie_grants.csv, tie_examples.csv: several modes
================  ===============================================================================

The part ``datasets`` is the second, ``main`` the other eight of the first nine, ``sweeps`` the next
three.
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from difsched.baselines.method import SECTIONS
from difsched.baselines.registry import METHODS
from difsched.config import EnvironmentConfig
from difsched.config.base import check_choice
from difsched.evaluation.scoring import score
from difsched.family import FAMILIES, References
from difsched.utils.files import atomic, read_json, read_json_lines
from experiments.aggregate.columns import CELL, COLUMNS, RUN, in_order
from experiments.aggregate.intervals import overall, pairs, summary, user_loss
from experiments.aggregate.multimodality import multimodal
from experiments.aggregate.results import Rows, Trials, by_family
from experiments.aggregate.studies import study_rows
from experiments.products import BOUNDS, SWEEPS, bounding, transfers
from experiments.runs.workspace import Workspace, main
from experiments.studies import STUDIES

#: Whose configurations a profile lists.
FAMILY = EnvironmentConfig.family


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write the CSV files of a part of a workspace into the folder ``--out``."""
    write_tables(PARTS[check_choice("part", arguments.part, PARTS)](workspace), arguments.out)


def write_tables(tables: dict[str, Rows], out: Path) -> None:
    """Write each table as a CSV file of its name."""
    for name, rows in tables.items():
        with atomic(out / f"{name}.csv") as path:
            # As objects, whole numbers stay whole beside what is not known.
            frame = pd.DataFrame(in_order(name, rows), columns=COLUMNS[name], dtype=object)
            frame.to_csv(path, index=False, lineterminator="\n")


def _main(workspace: Workspace) -> dict[str, Rows]:
    profile = workspace.profile
    runs = [
        folder
        for group in profile.groups
        for index in profile.configs
        for folder in workspace.runs(workspace.manifest_path(group, FAMILY, index))
    ]
    results = [
        {**_run(folder), "retransmit": _retransmit(folder), **read_json(folder / "result.json")}
        for folder in runs
    ]
    families = by_family(results)
    return {
        "methods": methods(),
        "main": _scores(results, families),
        "costs": [_costs(folder) for folder in runs],
        "curves": [point for folder in runs for point in _curve(folder)],
        "summary": [row for trials in families for row in summary(trials)],
        "pairs": [row for trials in families for row in pairs(trials)],
        "overall": [row for trials in families for row in overall(trials)],
        "user_loss": [row for trials in families for row in user_loss(trials)],
    }


def methods() -> Rows:
    """Return a row for each method of the registry, in the order of the tables."""
    return [
        {
            "method": method.name,
            "label": method.label,
            "section": SECTIONS[method.section],
            "about": method.about,
        }
        for method in METHODS.values()
    ]


def _datasets(workspace: Workspace) -> dict[str, Rows]:
    """Return the datasets, each with the losses of ``BOUNDS`` on the slice that it is for."""
    profile = workspace.profile
    rows = []
    for index in profile.configs:
        number = workspace.manager.load_experiment_config(index).dataset
        card = dataset_row(workspace.card_path(number))
        runs = [
            folder
            for group in bounding(profile.groups)
            for folder in workspace.runs(workspace.manifest_path(group, FAMILY, index))
        ]
        losses = {_run(run)["method"]: read_json(run / "result.json").get("loss") for run in runs}
        rows.append(card | {name: losses.get(method) for name, method in BOUNDS.items()})
    return {"datasets": rows}


def _sweeps(workspace: Workspace) -> dict[str, Rows]:
    runs = {sweep: workspace.runs(workspace.sweep_path(sweep)) for sweep in SWEEPS}
    tables = {
        sweep: [row for folder in folders for row in _points(folder, "result.json")]
        for sweep, folders in runs.items()
    }
    times = [row for folder in runs["scaling"] for row in _points(folder, "cost.json")]
    return {**tables, "scaling_time": times}


def _study(study: str, workspace: Workspace) -> dict[str, Rows]:
    return {study: study_rows(workspace, study)}


def _transfer(workspace: Workspace) -> dict[str, Rows]:
    rows: Rows = []
    for tested in transfers(workspace.profile.configs):
        for folder in workspace.runs(workspace.transfer_path(FAMILY, tested)):
            levels = read_json(folder / "result.json")["levels"]
            references = _references(folder)
            rows += [
                {**row, "score": score(row["loss"], levels, references)}
                for row in _points(folder, "result.json")
            ]
    return {"transfer": rows}


#: Each is made from manifests of its own.
PARTS: dict[str, Callable[[Workspace], dict[str, Rows]]] = {
    "datasets": _datasets,
    "main": _main,
    "sweeps": _sweeps,
    **{study: partial(_study, study) for study in STUDIES},
    "transfer": _transfer,
    "multimodal": multimodal,
}


def _points(folder: Path, file: str) -> Rows:
    config = read_json(folder / "config.json")
    run = {"run": folder.name} | {name: config[name] for name in CELL}
    return [{**run, **row} for row in read_json(folder / file)["rows"]]


def dataset_row(path: Path) -> dict[str, Any]:
    """Return the row of ``datasets.csv`` on the dataset with this card."""
    card = read_json(path)
    environment = card["environment"]
    return {
        "family": card["family"],
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
    return {"run": folder.name} | {key: config[key] for key in RUN[1:]}


def _retransmit(folder: Path) -> int:
    """Return for how many windows packets wait in the slice of a run."""
    retransmit: int = read_json(folder / "config.json")["environment"]["retransmit"]
    return retransmit


def _references(folder: Path) -> References:
    """Return what the scores of a run's slice stand on."""
    family = FAMILIES["slice"]
    return family.references(family.parse(read_json(folder / "config.json")["environment"]))


def _scores(results: Rows, families: Sequence[Trials]) -> Rows:
    """Return a row for each run, with its normalised score where there is one."""
    scores = {
        result["run"]: value
        for trials in families
        for config in trials.configs
        for trial in trials.on(config)
        if (scored := trials.score(trial)) is not None
        for result, value in zip(trial.results, scored.scores, strict=True)
    }
    return [
        {name: result[name] for name in COLUMNS["main"] if name in result}
        | {"score": scores.get(result["run"])}
        for result in results
    ]


def _costs(folder: Path) -> dict[str, Any]:
    """Return what a run cost; one that cannot serve its configuration has no policy that decides.

    Times differ between machines, and so they have a table of their own.
    """
    path = folder / "cost.json"
    cost = read_json(path) if path.exists() else {}
    spent = {name: cost[name] for name in COLUMNS["costs"] if name in cost}
    return _run(folder) | spent | {"peak_mib": read_json(folder / "resources.json")["peak_mib"]}


def _curve(folder: Path) -> Rows:
    run = _run(folder)
    training = METHODS[run["method"]].training
    if training is None or not (folder / "metrics.jsonl").exists():
        return []
    unit = "windows of interaction" if training == "online" else "gradient steps"
    return [
        {**run, "unit": unit, **{name: point[name] for name in ("amount", "loss", "windows")}}
        for point in read_json_lines(folder / "metrics.jsonl")
    ]


if __name__ == "__main__":
    main(run, part=str, out=Path)
