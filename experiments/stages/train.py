"""Stage and Sacred experiment: train methods on one configuration and score them (T2, F4)."""

import argparse
import time
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from difsched.baselines.method import NotServed, Task
from difsched.baselines.registry import find, modules_of
from difsched.config import EnvironmentConfig
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Traffic, TrafficGenerator
from difsched.evaluation import evaluate
from difsched.evaluation.latency import QUANTILES, milliseconds
from difsched.policy import Policy
from difsched.run_ids import main_run
from difsched.utils.files import sha256, write_json
from difsched.utils.seeding import seed_sequence
from experiments.runs.run import append_metrics, track, write_manifest
from experiments.runs.workspace import Workspace, main

#: Test windows of a point of the learning curve.
CURVE_WINDOWS = 200
#: Decisions that are timed, each on a window of its own.
DECISIONS = 200


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
    group, index = arguments.group, arguments.config
    profile = workspace.profile
    folders = [
        run_one(workspace, method, index, seed)
        for method in profile.groups[group]
        for seed in profile.seeds[group]
    ]
    write_manifest(workspace.manifest_path(group, arguments.family, index), folders)


def run_one(workspace: Workspace, name: str, index: int, seed: int) -> Path:
    """Make one run, unless it is complete already, and return its folder."""
    method = find(name)
    options = workspace.profile.main
    numbers = workspace.manager.load_experiment_config(index)
    config = workspace.manager.load_env_config(numbers.env)
    settings = method.settings(seed, options.training)
    dataset_path = workspace.dataset_path(numbers.dataset)
    agent_paths = workspace.agent_paths(config)
    inputs = [workspace.traffic_path(config.dataflow), dataset_path, *agent_paths.values()]
    n_windows = options.evaluation.n_windows
    recorded = {
        "method": name,
        "family": config.family,
        "config": index,
        "seed": seed,
        "environment": config.to_dict(),
        "settings": {kind: value.to_dict() for kind, value in settings.items()},
        "n_windows": n_windows,
        "inputs": {path.stem: sha256(path) for path in sorted(inputs)},
    }

    def fit_and_score(folder: Path) -> float | None:
        traffic = workspace.traffic(config.dataflow)
        curve = Curve(folder, method.view(config), traffic, n_windows)
        task = Task(
            method.view(config),
            traffic,
            dataset_path=dataset_path,
            agent_paths=agent_paths,
            on_point=curve.point,
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
        return report(folder, policy, method.view(config), traffic, n_windows, seconds)

    run_id = main_run(name, config.family, index, seed)
    code = workspace.code("experiments.stages.train", *modules_of(name))
    return track("main", workspace.folder, run_id, recorded, fit_and_score, code)


class Curve:
    """Scores a policy while it is trained, on the first of the common test windows.

    The curve is for the eye: nothing is chosen by it, and the last policy is the one reported.

    Parameters
    ----------
    folder : Path
        The run's folder, for ``metrics.jsonl``.
    config : EnvironmentConfig
        The slice as the method sees it.
    traffic : Traffic
        Its traffic.
    n_windows : int
        Common test windows in all; a point is scored on the first ``CURVE_WINDOWS`` of them.
    """

    def __init__(
        self, folder: Path, config: EnvironmentConfig, traffic: Traffic, n_windows: int
    ) -> None:
        self.folder, self.config, self.traffic, self.n_windows = folder, config, traffic, n_windows
        self.seconds = 0.0

    def point(self, amount: int, policy: Policy, losses: Any) -> None:
        """Score the policy after an amount of training and write the point."""
        started = time.process_time()
        scores = evaluate(
            policy,
            self.config,
            self.traffic.test,
            self.n_windows,
            first=min(self.n_windows, CURVE_WINDOWS),
        )
        values = {
            "amount": amount,
            "loss": float(scores.loss.mean()),
            "windows": scores.loss.size,
            "losses": dict(losses),
        }
        append_metrics(self.folder, values)
        self.seconds += time.process_time() - started


def report(
    folder: Path,
    policy: Policy,
    config: EnvironmentConfig,
    traffic: Traffic,
    n_windows: int,
    seconds: float,
) -> float:
    """Score a policy on the common test windows, write what it did and cost, return its loss."""
    scores = evaluate(policy, config, traffic.test, n_windows)
    write_json(folder / "result.json", scores.summary(config.information))
    cost = {"fit_cpu_seconds": seconds, **latency(policy, config, traffic)}
    if isinstance(policy, Trained):
        policy.save(folder / "weights.safetensors")
        cost["parameters"] = policy.parameters
    write_json(folder / "cost.json", cost)
    return float(scores.loss.mean())


def latency(policy: Policy, config: EnvironmentConfig, traffic: Traffic) -> dict[str, float]:
    """Return the milliseconds of one decision, by quantile."""
    seed = seed_sequence(config.randomSeed, "latency")
    slices = Simulator(
        config, TrafficGenerator(traffic.test), DECISIONS, outcomes="expected", seed=seed
    )
    times = milliseconds(policy, slices.observe(), DECISIONS)
    values = np.quantile(times, list(QUANTILES.values()))
    return {f"decide_ms_{name}": float(v) for name, v in zip(QUANTILES, values, strict=True)}


if __name__ == "__main__":
    main(run, group=str, family=str, config=int)
