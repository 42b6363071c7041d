"""Stage and Sacred experiment: train methods on one configuration and score them (T2, F4).

The workflow starts it with ``--workspace``, a group of methods and a configuration; everything else
is Sacred's own command line of one run, such as ``with method=dql_set config=3 seed=1``.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from difsched.baselines.method import NotServed, Task
from difsched.baselines.registry import find, modules_of
from difsched.errors import InputError, within
from difsched.evaluation import Scores, evaluate
from difsched.evaluation.latency import QUANTILES, milliseconds
from difsched.family import family_of
from difsched.policy import Bound, Clairvoyant, Policy
from difsched.run_ids import experiment_of, main_run, study_run
from difsched.utils.files import sha256, write_json
from difsched.utils.seeding import seed_sequence
from experiments.provenance.fingerprint import Code
from experiments.runs.run import WEIGHTS, append_metrics, config_digest, track, write_manifest
from experiments.runs.workspace import Workspace, main

if TYPE_CHECKING:
    from experiments.runs.sacred_experiment import Asked

#: Test windows of a point of the learning curve.
CURVE_WINDOWS = 200
#: Decisions that are timed, each on a window of its own; no more than there are test windows.
DECISIONS = 200
#: Fields of a training that a run fixes itself.
FIXED = ("model", "seed", "dataset")


@runtime_checkable
class Trained(Protocol):
    """A policy with weights."""

    @property
    def parameters(self) -> int:
        """Return the number of weights with which it decides."""
        ...

    def save(self, path: Path) -> None:
        """Write the weights as safetensors."""
        ...


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Make the runs of a group of methods on one configuration, then their manifest."""
    group, family, index = arguments.group, arguments.family, arguments.config
    part = workspace.profile.part(family)
    folders = [
        run_one(workspace, method, family, index, seed)
        for method in part.names(group, index)
        for seed in part.seeds[group]
    ]
    write_manifest(workspace.manifest_path(group, family, index), folders)


@dataclass(frozen=True)
class Planned:
    """A run that is not made yet.

    Attributes
    ----------
    workspace : Path
    run_id : str
    config : mapping
        Its configuration.
    inputs : sequence of Path
        The files that it reads.
    body : callable
        Does the work in a folder and returns the loss.
    code : Code
        What it executes.
    """

    workspace: Path
    run_id: str
    config: Mapping[str, Any]
    inputs: Sequence[Path]
    body: Callable[[Path], float | None]
    code: Code

    @property
    def recorded(self) -> dict[str, Any]:
        """Its whole configuration, with the digests of what it reads, which must be there."""
        inputs = {path.stem: sha256(path) for path in sorted(self.inputs)}
        return {**self.config, "inputs": inputs}

    def make(self, asked: "Asked | None" = None) -> Path:
        """Make the run, unless it is complete already, and return its folder; see `track`."""
        name = experiment_of(self.run_id)
        parts = self.workspace, self.run_id, self.recorded, self.body, self.code
        return track(name, *parts, asked=asked)


def run_one(workspace: Workspace, name: str, family: str, index: int, seed: int) -> Path:
    """Make one run, unless it is complete already, and return its folder."""
    return planned(workspace, name, family, index, seed).make()


def planned(
    workspace: Workspace,
    name: str,
    family: str,
    index: int,
    seed: int,
    own: Mapping[str, Mapping[str, Any]] | None = None,
) -> Planned:
    """Return the run of a method on a configuration.

    Parameters
    ----------
    workspace : Workspace
    name, family, index, seed : str, str, int, int
        Method, problem family, number of the configuration, seed of the training.
    own : mapping, optional
        ``model`` or ``training`` -> fields that replace the method's: another run then, whose id
        begins with ``own`` and their digest.

    Raises
    ------
    InputError
        If there is no such method or configuration, or a field is unknown or not allowed.
    """
    problems = workspace.problems(family)
    method, config = find(name, family), problems.config(index)
    options = workspace.profile.part(family).main
    settings = method.settings(seed, options.training, family)
    run_id = main_run(name, family, index, seed)
    if own:
        usual = settings
        settings = {kind: changed(kind, value, own.get(kind, {})) for kind, value in usual.items()}
        if settings != usual:
            mark = config_digest({kind: value.to_dict() for kind, value in settings.items()})
            run_id = study_run("own", mark[:8], name, family, index, seed)
    dataset_path = workspace.dataset_path(family, problems.dataset(index))
    n_windows = options.evaluation.windows(problems.family.test_episode(config))
    recorded = {
        "method": name,
        "family": family,
        "config": index,
        "seed": seed,
        "environment": config.to_dict(),
        "settings": {kind: value.to_dict() for kind, value in settings.items()},
        "n_windows": n_windows,
    }

    def fit_and_score(folder: Path) -> float | None:
        test = Assessment(method.view(config), problems.source(config), n_windows)
        curve = Curve(folder, test)
        task = Task(
            test.config,
            test.source,
            dataset_path=dataset_path,
            on_point=curve.point,
            **problems.task(config),
            **settings,
        )
        method.load()
        started = time.process_time()
        try:
            policy = method.fit(task)
        except NotServed as reason:
            write_json(folder / "result.json", {"not_served": str(reason)})
            return None
        seconds = time.process_time() - started - curve.seconds
        return report(folder, policy, test, seconds)

    behind = {*problems.modules(), *modules_of(name, family=family)}
    code = workspace.code("experiments.stages.train", *behind)
    inputs = [*problems.prepared(config), dataset_path]
    return Planned(workspace.folder, run_id, recorded, inputs, fit_and_score, code)


def changed(kind: str, usual: Any, fields: Mapping[str, Any]) -> Any:
    """Return the ``model`` or ``training`` of a run with some fields replaced.

    Raises
    ------
    InputError
        If a field is unknown, its value is not allowed, or the run fixes it.
    """
    with within(f"settings.{kind}."):
        settings = usual.changed(fields)
        for name in FIXED if kind == "training" else ():
            if getattr(settings, name, None) != (given := getattr(usual, name, None)):
                raise InputError(f"{name}: is fixed by the run: must be {given!r}")
    return settings


@dataclass(frozen=True)
class Assessment:
    """What policies are scored on.

    Attributes
    ----------
    config : configuration
        The problem as the method sees it.
    source : object
        What windows are drawn from; see `difsched.evaluation.evaluate`.
    n_windows : int
        Common test windows.
    """

    config: Any
    source: Any
    n_windows: int

    def scores(self, policy: Policy, first: int | None = None) -> Scores:
        """Score a policy on all of the common test windows, or on the first of them."""
        return evaluate(policy, self.config, self.source, self.n_windows, first=first)

    def first(self, windows: int) -> int:
        """Return about so many windows, no more than there are: whole test episodes."""
        length = family_of(self.config).test_episode(self.config)
        return min(self.n_windows, max(1, windows // length) * length)


class Curve:
    """Scores a policy while it is trained, on the first of the common test windows.

    The curve is for the eye: nothing is chosen by it, and the last policy is the one reported.

    Parameters
    ----------
    folder : Path
        The run's folder, for ``metrics.jsonl``.
    test : Assessment
        Of whose windows a point is scored on about the first ``CURVE_WINDOWS``.
    """

    def __init__(self, folder: Path, test: Assessment) -> None:
        self.folder, self.test = folder, test
        self.seconds = 0.0

    def point(self, amount: int, policy: Policy, losses: Mapping[str, float]) -> None:
        """Score the policy after an amount of training and write the point."""
        started = time.process_time()
        scores = self.test.scores(policy, first=self.test.first(CURVE_WINDOWS))
        metrics = scores.family.metrics if scores.family.curve_metrics else ()
        told = [metric for metric in metrics if metric.name in scores.figures]
        figures = scores.figures
        values = {
            "amount": amount,
            "loss": float(scores.loss.mean()),
            "windows": scores.loss.size,
            "losses": dict(losses),
            **{one.name: float(figures[one.name].mean()) for one in told},
            **{
                one.grouped: figures[one.grouped].mean(axis=0).tolist()
                for one in told
                if one.by_group
            },
        }
        append_metrics(self.folder, values)
        self.seconds += time.process_time() - started


def report(folder: Path, policy: Policy, test: Assessment, seconds: float) -> float:
    """Score a policy on the common test windows, write what it did and cost, return its loss."""
    scores = test.scores(policy)
    write_json(folder / "result.json", scores.summary(getattr(test.config, "information", None)))
    cost = {"fit_cpu_seconds": seconds}
    # What is shown the future decides nothing: its plan is read; a bound has not even that.
    if not isinstance(policy, Clairvoyant | Bound):
        cost |= latency(policy, test)
    if isinstance(policy, Trained):
        policy.save(folder / WEIGHTS)
        cost["parameters"] = policy.parameters
    write_json(folder / "cost.json", cost)
    return float(scores.loss.mean())


def latency(policy: Policy, test: Assessment) -> dict[str, float]:
    """Return the milliseconds of one decision, by quantile."""
    seed = seed_sequence(test.config.randomSeed, "latency")
    family, calls = family_of(test.config), min(DECISIONS, test.n_windows)
    problems = family.simulator(test.config, "test", calls, "expected", seed, test.source)
    times = milliseconds(policy, problems.observe(), calls)
    values = np.quantile(times, list(QUANTILES.values()))
    return {f"decide_ms_{name}": float(v) for name, v in zip(QUANTILES, values, strict=True)}


if __name__ == "__main__":
    if any(word.startswith("--workspace") for word in sys.argv[1:]):
        main(run, group=str, family=str, config=int)
    else:
        # By its name: how a run is asked for is no part of the code that makes it.
        sys.exit(import_module("experiments.cli.sacred_command").main(sys.argv))
