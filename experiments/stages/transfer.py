"""Stage: what was learned with one channel class, tested with five (T5).

A job is one tested configuration, with one Sacred run. It scores the weights of the main runs on
the configuration that differs in its channel classes alone, as they are: once with every user's k
and s shown, of which the policies have seen but one, and once with the mean of the classes in their
place, which is that one. Estimates, which are fitted in a second, are fitted to the data of both
configurations, also without the channel. Oracles learn nothing: they show what hiding the channel
costs by itself.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from difsched.baselines.method import Task
from difsched.baselines.offline import LEARNERS
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import find, modules_of
from difsched.baselines.slice import estimate
from difsched.config import EnvironmentConfig
from difsched.config.base import check_choice
from difsched.evaluation.scoring import mean_loss
from difsched.policy import Policy
from difsched.run_ids import transfer_run
from difsched.utils.files import read_json, sha256, write_json
from experiments.families.slice import SliceProblems, slice_problems
from experiments.products import REFERENCES, transfers
from experiments.runs.run import track, write_manifest
from experiments.runs.workspace import Workspace, main
from experiments.stages.trained import learned, policy_of, tested_weights

#: What is shown of the channel: each user's k and s, or the means of the classes.
CHANNEL = {"shown": True, "hidden": False}
#: Fitted anew to the dataset, in a second or less.
REFITTED = tuple(method.name for method in estimate.SCHEDULERS)


class Candidate(NamedTuple):
    """A policy that is tested.

    Attributes
    ----------
    method : str
        Of the registry.
    seed : int
        Of its training; 0 where nothing is drawn.
    trained : int
        Number of the configuration on which it learned, if it learned anything.
    policy : Policy
    """

    method: str
    seed: int
    trained: int
    policy: Policy


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Make the run of a tested configuration, then its manifest."""
    pairs = transfers(workspace.profile.configs)
    tested = check_choice("config", arguments.config, pairs)
    folder = run_one(workspace, pairs[tested], tested)
    write_manifest(workspace.transfer_path(arguments.family, tested), [folder])


def run_one(workspace: Workspace, trained: int, tested: int) -> Path:
    """Test everything on one configuration, unless that is done, and return the run's folder."""
    problems = _slices(workspace)
    config = problems.config(tested)
    n_windows = workspace.profile.main.evaluation.n_windows
    data = [_dataset_path(workspace, index) for index in (trained, tested)]
    weights = tested_weights(learned(workspace, trained))
    inputs = [workspace.traffic_path(config.dataflow), *data]
    recorded = {
        "family": config.family,
        "config": tested,
        "trained": trained,
        "seed": 0,  # nothing is drawn here
        "environment": config.to_dict(),
        "methods": _listed(workspace, (*REFITTED, *REFERENCES)),
        "n_windows": n_windows,
        "inputs": {path.stem: sha256(path) for path in inputs} | weights["inputs"],
        "trainings": weights["trainings"],
    }

    def score_all(folder: Path) -> float:
        traffic = problems.source(config)
        rows: list[dict[str, Any]] = []
        for channel, shown in CHANNEL.items():
            seen = replace(config, channel_information=shown)
            for name, seed, source, policy in candidates(workspace, trained, tested, shown):
                view = find(name).view(seen)
                row = {"method": name, "trained": source, "seed": seed, "channel": channel}
                loss = mean_loss(policy, view, traffic, n_windows)
                rows.append({**row, "information": view.information, "loss": loss})
        scale = reference_losses(config, traffic, n_windows)
        write_json(folder / "result.json", {"levels": scale, "rows": rows})
        return max(row["loss"] for row in rows)

    run_id = transfer_run(config.family, trained, tested)
    behind = modules_of(*REFITTED, *REFERENCES, *LEARNERS)
    code = workspace.code("experiments.stages.transfer", *behind)
    return track("transfer", workspace.folder, run_id, recorded, score_all, code)


def candidates(workspace: Workspace, trained: int, tested: int, shown: bool) -> Iterator[Candidate]:
    """Yield everything that is tested on a configuration.

    Parameters
    ----------
    workspace : Workspace
    trained, tested : int
        Numbers of the configurations.
    shown : bool
        Whether those that are fitted here are shown the channel.
    """
    problems = _slices(workspace)
    for folder in learned(workspace, trained):
        run = read_json(folder / "config.json")
        slice_then = problems.config(trained)
        policy = policy_of(folder, slice_then, slice_then)
        yield Candidate(run["method"], run["seed"], trained, policy)
    for index in (trained, tested):
        config = replace(problems.config(index), channel_information=shown)
        task = Task(config, problems.source(config), dataset_path=_dataset_path(workspace, index))
        names = REFITTED if index == trained else (*REFITTED, *REFERENCES)
        for name in _listed(workspace, names):
            yield Candidate(name, 0, index, find(name).fit(task))


def _listed(workspace: Workspace, names: Sequence[str]) -> list[str]:
    """Return those of some methods that the profile runs."""
    methods = {name for group in workspace.profile.groups.values() for name in group}
    return [name for name in names if name in methods]


def _slices(workspace: Workspace) -> SliceProblems:
    return slice_problems(workspace, workspace.profile.datasets)


def _dataset_path(workspace: Workspace, index: int) -> Path:
    return workspace.dataset_path(EnvironmentConfig.family, _slices(workspace).dataset(index))


if __name__ == "__main__":
    main(run, family=str, config=int)
