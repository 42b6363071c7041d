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
three. They are of the slice; a further family is a part of its name, with tables like the second to
eighth, its name before theirs: ``alloc_main.csv``. A study of its is a part, too, such as
``alloc_ablation``.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from difsched.baselines.method import SECTIONS
from difsched.baselines.registry import METHODS
from difsched.config import EnvironmentConfig
from difsched.config.base import check_choice
from experiments.aggregate.columns import write_tables
from experiments.aggregate.curves import curve_rows, group_curve_rows, points_by_run
from experiments.aggregate.datasets import dataset_rows, family_dataset_rows
from experiments.aggregate.intervals import groups, overall, pairs, summary, user_loss
from experiments.aggregate.method_runs import FamilyRuns
from experiments.aggregate.multimodality import multimodal
from experiments.aggregate.records import read_record
from experiments.aggregate.results import Made, Point, Resources, Run, read_run
from experiments.aggregate.risk import risk_rows
from experiments.aggregate.rows import (
    Cost,
    CostRow,
    FamilyCurveRow,
    MainRow,
    MethodRow,
    Row,
)
from experiments.aggregate.states import states_tables
from experiments.aggregate.studies import family_study_rows, study_rows
from experiments.aggregate.sweeps import sweep_tables, transfer_rows
from experiments.products import FURTHER, family_tables_of
from experiments.profiles.profile import Part
from experiments.runs.workspace import Workspace, main
from experiments.studies import FAMILY_STUDIES, STUDIES

Tables = Mapping[str, Sequence[Row]]

SLICE = EnvironmentConfig.family
#: Of a run that has no policy that decides: it cannot serve its configuration.
NO_COST = Cost(None)


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write the CSV files of a part of a workspace into the folder ``--out``."""
    write_tables(PARTS[check_choice("part", arguments.part, PARTS)](workspace), arguments.out)


def _main(workspace: Workspace) -> Tables:
    runs = matrix(workspace, SLICE)
    losses = user_loss(FamilyRuns(SLICE, list(runs.values())))
    return {
        "methods": method_rows(workspace.profile),
        **run_tables(SLICE, runs, points_by_run(runs)),
        "user_loss": losses,
    }


def family_tables(family: str, workspace: Workspace) -> Tables:
    """Return the tables of a further family, its name before theirs."""
    runs = matrix(workspace, family)
    datasets = family_dataset_rows(workspace, family, list(runs.values()))
    points = points_by_run(runs)
    tables = {"datasets": datasets, **run_tables(family, runs, points)}
    known, told = FamilyRuns(family, list(runs.values())), family_tables_of(family)
    if "groups" in told:
        tables["groups"] = groups(known)
        tables["group_curves"] = [
            row for folder, run in runs.items() for row in group_curve_rows(run, points[folder])
        ]
    if "risk" in told:
        curves = [point for point in tables["curves"] if isinstance(point, FamilyCurveRow)]
        tables["risk"] = risk_rows(known, curves)
    if "coverage" in told:
        tables |= states_tables(workspace, family)
    return {f"{family}_{name}": rows for name, rows in tables.items()}


def matrix(workspace: Workspace, family: str) -> dict[Path, Run]:
    """Return the runs of the main matrix of a family by their folders."""
    part = workspace.profile.part(family)
    folders = [
        folder
        for group in part.groups
        for index in part.configs_of(group)
        for folder in workspace.runs(workspace.manifest_path(group, family, index))
    ]
    return {folder: read_run(folder) for folder in folders}


def run_tables(family: str, runs: Mapping[Path, Run], points: Mapping[Path, list[Point]]) -> Tables:
    """Return what is told of the runs of any family: of each, and of all together."""
    known = FamilyRuns(family, list(runs.values()))
    scores = known.scores()
    return {
        "main": [main_row(run, scores.get(run.key.run)) for run in runs.values()],
        "costs": [_cost(folder, run) for folder, run in runs.items()],
        "curves": [row for folder, run in runs.items() for row in curve_rows(run, points[folder])],
        "summary": summary(known),
        "pairs": pairs(known),
        "overall": overall(known),
    }


def method_rows(part: Part) -> list[MethodRow]:
    """Return a row for each method that a profile runs on the slice, in the order of the tables."""
    ran = {name for names in part.groups.values() for name in names}
    return [
        MethodRow(method.name, method.label, SECTIONS[method.section], method.about)
        for method in METHODS.values()
        if method.name in ran
    ]


def main_row(run: Run, score: float | None) -> MainRow:
    """Return the row of a run, with its normalised score where there is one."""
    if run.result is None:
        return MainRow(run.key, None, {}, None, run.not_served)
    return MainRow(run.key, run.result.information, run.result.means, score, None)


def _cost(folder: Path, run: Run) -> CostRow:
    """Return what a run cost.

    Times differ between machines, and so they have a table of their own.
    """
    path = folder / "cost.json"
    cost = read_record(Cost, path) if path.exists() else NO_COST
    peak = read_record(Resources, folder / "resources.json").peak_mib
    return CostRow(run.key, cost, peak, read_record(Made, folder / "run.json").host.cpu)


def _study(study: str, workspace: Workspace) -> Tables:
    return {study: study_rows(workspace, study)}


def _family_study(study: str, workspace: Workspace) -> Tables:
    return {study: family_study_rows(workspace, study)}


#: Each is made from manifests of its own.
PARTS: dict[str, Callable[[Workspace], Tables]] = {
    "datasets": lambda workspace: {"datasets": dataset_rows(workspace)},
    "main": _main,
    "sweeps": sweep_tables,
    **{study: partial(_study, study) for study in STUDIES},
    "transfer": lambda workspace: {"transfer": transfer_rows(workspace)},
    "multimodal": multimodal,
    **{family: partial(family_tables, family) for family in FURTHER},
    **{study: partial(_family_study, study) for study in FAMILY_STUDIES},
}


if __name__ == "__main__":
    main(run, part=str, out=Path)
