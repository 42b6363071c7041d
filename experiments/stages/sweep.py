"""Stage: loss over a range of slices, for schedulers that are not trained there (F6, F7).

========  =========================================================================================
budget    each of some configurations with other budgets B
scaling   each of some configurations with other numbers of users N, and B in proportion to N;
          with the time that the oracle takes, and what weights of the main runs lose there
========  =========================================================================================

A sweep is one job with a Sacred run for each configuration. Every point also has the certified
interval of the least loss that any scheduler could have, by the oracle's dual.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.method import Task
from difsched.baselines.registry import find, modules_of
from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.config import EnvironmentConfig
from difsched.config.base import check_choice
from difsched.config.schema import INFORMATION
from difsched.env.slice.link.sigmoid import success_probability
from difsched.env.slice.traffic.generator import Trace
from difsched.evaluation import evaluate
from difsched.evaluation.statistics import t_interval
from difsched.evaluation.windows import check_windows
from difsched.policy import Policy
from difsched.run_ids import sweep_run
from difsched.typing import Floats
from difsched.utils.files import sha256, write_json
from difsched.utils.timing import microseconds
from experiments.families.slice import slice_problems
from experiments.products import SWEEPS
from experiments.profiles.profile import Scaling, Sweep
from experiments.profiles.sweeps import slices
from experiments.runs.run import track, write_manifest
from experiments.runs.workspace import Workspace, main
from experiments.stages.trained import learned, method_of, policy_of, tested_weights

#: Solvers whose time a scaling sweep measures.
TIMED = ("dp", "dual")
REPEATS = 5

#: What the scheduler sees in the test windows, by information.
Seen = dict[str, Floats]


class Recorder:
    """A scheduler that grants nothing and keeps what it is shown."""

    def __init__(self) -> None:
        self.seen: list[Floats] = []

    def act(self, observation: Floats) -> NDArray[np.int64]:
        """Note the observation (W, N, F) and return no RBs (W, N)."""
        self.seen.append(observation)
        return np.zeros(observation.shape[:2], dtype=np.int64)


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Make the runs of a sweep, one a configuration, then their manifest."""
    sweep = check_choice("sweep", arguments.sweep, SWEEPS)
    options = workspace.profile.sweeps[sweep]
    folders = [run_one(workspace, sweep, index, options) for index in options.configs]
    write_manifest(workspace.sweep_path(sweep), folders)


def run_one(workspace: Workspace, sweep: str, index: int, options: Sweep) -> Path:
    """Sweep one configuration, unless that is done already, and return the run's folder."""
    problems = slice_problems(workspace, workspace.profile.datasets)
    config = problems.config(index)
    agent_paths = problems.agent_paths(config)
    runs = _trained(workspace, index, options)
    prepared = {path.stem: sha256(path) for path in sorted(problems.prepared(config))}
    weights = tested_weights(folder for each in runs.values() for folder in each)
    recorded = {
        "family": config.family,
        "config": index,
        "seed": 0,  # nothing is trained
        "environment": config.to_dict(),
        "options": options.to_dict(),
        "inputs": prepared | weights["inputs"],
        "trainings": weights["trainings"],
    }

    def score_all(folder: Path) -> float:
        traffic = problems.source(config)
        windows = check_windows("n_windows", options.n_windows, 2)
        seen: dict[int, Seen] = {}
        rows, times = [], []
        for point in slices(config, options):
            if point.N_user not in seen:
                seen[point.N_user] = observe(point, traffic.test, windows)
            task = Task(point, traffic, agent_paths=agent_paths)
            rows += score(
                task,
                options.methods,
                seen[point.N_user],
                {
                    name: [policy_of(folder, config, point) for folder in folders]
                    for name, folders in runs.items()
                },
            )
            if sweep == "scaling":
                times += measure(point.B, seen[point.N_user]["perfect"])
        write_json(folder / "result.json", {"rows": rows})
        write_json(folder / "cost.json", {"rows": times})
        return max(row["loss"] for row in rows)

    code = workspace.code("experiments.stages.sweep", *modules_of(*options.methods, *runs))
    return track(
        sweep, workspace.folder, sweep_run(sweep, config.family, index), recorded, score_all, code
    )


def observe(config: EnvironmentConfig, test: Trace, n_windows: int) -> Seen:
    """Return information -> observations (episodes, windows, N, 4) of the common test windows.

    They do not depend on the grants, hence not on the budget either.
    """
    seen = {}
    for information in INFORMATION:
        recorder = Recorder()
        evaluate(recorder, replace(config, information=information), test, n_windows)
        seen[information] = np.stack(recorder.seen, axis=1)
    return seen


def _trained(workspace: Workspace, index: int, options: Sweep) -> dict[str, list[Path]]:
    """Return method -> folders of its main runs on a configuration, of those that a sweep tests."""
    wanted = options.learned if isinstance(options, Scaling) else []
    runs = learned(workspace, index, wanted) if wanted else []
    return {name: [folder for folder in runs if method_of(folder) == name] for name in wanted}


def score(
    task: Task, methods: Sequence[str], seen: Seen, trained: Mapping[str, Sequence[Policy]]
) -> list[dict[str, Any]]:
    """Return a row for each method on one slice, and two for the ends of the optimum's interval.

    Losses are means over the windows in expectation over deliveries, and over the policies of a
    method that was ``trained``, with the half width of the 95 % Student t interval over episodes.
    """
    config, truth = task.config, seen["perfect"]
    episodes = truth.shape[:2]
    demand, _, slope, midpoint = _features(truth)
    offered = np.maximum(demand.sum(axis=1), 1)

    def row(name: str, information: str, lost: Floats) -> dict[str, Any]:
        summary = t_interval((lost / offered).reshape(episodes).mean(axis=1))
        return {
            **_place(truth, config.B),
            "method": name,
            "information": information,
            "loss": summary.mean,
            "half_width": summary.half_width,
        }

    def lost(grants: NDArray[np.int64]) -> Floats:
        return (demand * (1 - success_probability(grants, slope, midpoint))).sum(axis=1)

    rows = []
    for method in map(find, methods):
        information = method.view(config).information
        grants = method.fit(task).act(_flat(seen[information]))
        rows.append(row(method.name, information, lost(grants)))
    for name, policies in trained.items():
        information = find(name).view(config).information
        losses = [lost(policy.act(_flat(seen[information]))) for policy in policies]
        rows.append(row(name, information, np.mean(losses, axis=0)))
    dual = maximize_sigmoids(demand, slope, midpoint, config.B, "dual")
    least = np.maximum(demand.sum(axis=1) - dual.upper_bound, 0)
    rows.append(row("optimum_upper", "perfect", lost(dual.allocation)))
    rows.append(row("optimum_lower", "perfect", least))
    return rows


def measure(budget: int, truth: Floats) -> list[dict[str, Any]]:
    """Return a row for each solver: the least time of ``REPEATS`` calls on these windows."""
    demand, _, slope, midpoint = _features(truth)

    def time(method: str) -> float:
        return microseconds(
            lambda: maximize_sigmoids(demand, slope, midpoint, budget, method), len(demand), REPEATS
        )

    return [
        {**_place(truth, budget), "method": method, "microseconds": time(method)}
        for method in TIMED
    ]


def _flat(seen: Floats) -> Floats:
    """Return observations (episodes, windows, N, F) as (W, N, F)."""
    return seen.reshape(-1, *seen.shape[2:])


def _features(seen: Floats) -> Floats:
    """Return demand, previous demand, slope and midpoint (W, N) of each user-window."""
    return np.moveaxis(_flat(seen), -1, 0)


def _place(truth: Floats, budget: int) -> dict[str, int]:
    episodes, windows, users, _ = truth.shape
    return {"N_user": users, "B": budget, "windows": episodes * windows}


if __name__ == "__main__":
    main(run, sweep=str)
