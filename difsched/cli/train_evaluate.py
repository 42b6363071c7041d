"""What ``difsched collect``, ``train`` and ``evaluate`` do; `difsched.cli.main` parses.

Each takes the parsed arguments, calls what the suite has, says what came of it, and raises
InputError at bad input.
"""

import argparse
import time
from pathlib import Path
from typing import Any

from difsched.baselines.method import Method, Task
from difsched.baselines.references import reference_losses, unscored
from difsched.baselines.registry import METHODS, find
from difsched.baselines.slice.datasets import gather, plan
from difsched.baselines.weights import load_policy
from difsched.cli.checkout import full_run
from difsched.cli.slice_options import read_slice, traffic_of
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.config.base import check_int
from difsched.data.transitions import card_path
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.link.table import read_link_table
from difsched.env.slice.traffic.generator import Traffic
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.crossed import mean_interval
from difsched.evaluation.scoring import score
from difsched.evaluation.windows import check_windows
from difsched.family import family_of
from difsched.policy import Policy
from difsched.run_ids import main_run
from difsched.user_scheduler.load import is_outside, load
from difsched.user_scheduler.run import fitted, fresh_rows
from difsched.utils.files import check_output
from difsched.utils.terminal import aligned, remark, say


def collect(arguments: argparse.Namespace) -> None:
    """Collect an offline dataset and write it with its card."""
    check_output("--out", arguments.out)
    check_output("--out", card_path(arguments.out))
    config = _slice(arguments)
    fields = {"n_windows": "windows", "random_share": "random_share", "behaviour": "behaviour"}
    given = {field: getattr(arguments, name) for field, name in fields.items()}
    changes = {field: value for field, value in given.items() if value is not None}
    data, card = dataset_of(arguments.config, config, traffic_of(config), changes)
    data.save(arguments.out, card)
    loss = {**card["loss"], "all": card["behaviour_loss"]}
    losses = ", ".join(f"{name} {value:.2%}" for name, value in loss.items())
    text = f"{arguments.out}: {len(data.reward)} windows of {config.N_user} users; loss: {losses}"
    say({"out": str(arguments.out), **card}, text, arguments.json)


def train(arguments: argparse.Namespace) -> None:
    """Train a method that learns and write its weights."""
    check_int("--seed", arguments.seed, 0)
    method, config = find(arguments.method), _slice(arguments)
    if method.training is None:
        learners = ", ".join(name for name, one in METHODS.items() if one.training is not None)
        raise InputError(f"method = {method.name!r}: must be one that learns: {learners}")
    check_output("--out", arguments.out)
    if arguments.data is not None and arguments.out.absolute() == arguments.data.absolute():
        raise InputError(f"--out {arguments.out}: must be another file than --data")
    if arguments.data is not None and method.training == "online":
        raise InputError(f"--data {arguments.data}: {method.name} learns by interaction: leave out")
    changes = {} if arguments.steps is None else {"gradient_steps": arguments.steps}
    settings = method.settings(arguments.seed, {method.training: changes})
    method.load()
    data = None if arguments.data is None else OfflineDataset.load(arguments.data)
    traffic = traffic_of(config)
    if data is None and method.training != "online":
        data, _ = dataset_of(arguments.config, config, traffic)
    started = time.perf_counter()
    policy: Any = method.fit(Task(method.view(config), traffic, data=data, **settings))
    seconds = time.perf_counter() - started
    policy.save(arguments.out)
    values: dict[str, Any] = {"method": method.name, "config": arguments.config}
    values["seed"] = arguments.seed
    values |= {"out": str(arguments.out), "parameters": policy.parameters, "seconds": seconds}
    values["warnings"] = [] if data is None else data.remarks(config)
    lines = [f"{arguments.out}: {method.name}, {policy.parameters} weights, {seconds:.0f} s"]
    lines += [f"warning: {arguments.data or 'dataset'}: {remark}" for remark in values["warnings"]]
    say(values, "\n".join(lines), arguments.json)


def assess(arguments: argparse.Namespace) -> None:
    """Score a method, or weights, on the common test windows."""
    if (arguments.method is None) == (arguments.weights is None):
        raise InputError("evaluate needs a METHOD or --weights FILE, one of them")
    check_int("--seed", arguments.seed, 0)
    windows = check_windows("--windows", arguments.windows, 2)
    config, name = _slice(arguments), str(arguments.weights)
    if arguments.weights is not None:
        policy = load_policy(arguments.weights, config, arguments.seed)
        traffic = traffic_of(config)
    else:
        outside = load(arguments.method).method if is_outside(arguments.method) else None
        method = outside or find(arguments.method)
        name, config = method.name, method.view(config)
        traffic = traffic_of(config)
        policy = (_guarded if outside else _by_name)(arguments, method, config, traffic)
    scores = evaluate(policy, config, traffic.test, windows)
    loss, scale = float(scores.loss.mean()), reference_losses(config, traffic, windows)
    references = family_of(config).references(config)
    points, why = score(loss, scale, references), unscored(scale, config)
    half_width = mean_interval(scores.loss.mean(axis=1)[None]).half_width
    values = {
        "method": name,
        "config": arguments.config,
        "windows": windows,
        "loss": loss,
        "loss_half_width": half_width,
        "score": points,
        "no_score": why,
        "qos_met": float(scores.figures["qos_met"].mean()),
        "starved": float(scores.figures["starved"].mean()),
        "jain": float(scores.figures["jain"].mean()),
    }
    text = (
        f"{name} on config {arguments.config}, {windows} common test windows:\n"
        f"loss {loss:.2%} ± {half_width:.2%} (95 % interval for other test episodes), "
        f"{f'no score: {why}' if points is None else f'score {points:.1f}'}\n"
        f"QoS met {values['qos_met']:.1%} and starved {values['starved']:.1%} of user-windows, "
        f"Jain's index {values['jain']:.3f}"
    )
    if arguments.weights is None and outside:
        rows = fresh_rows(arguments.config, config, traffic, windows)
        values["beside"] = {row["method"]: row["loss"] for row in rows}
        losses = [[METHODS[row["method"]].label, f"{row['loss']:.2%}"] for row in rows]
        text = f"{text}\n\n{aligned([['beside', 'loss'], *losses])}"
    say(values, text, arguments.json)


def _guarded(
    arguments: argparse.Namespace, method: Method, config: EnvironmentConfig, traffic: Traffic
) -> Policy:
    """Return a scheduler from outside, which a broken rule ends."""
    data = dataset_of(arguments.config, config, traffic)[0] if method.training else None
    task = Task(config, traffic, data=data)
    return fitted(method, f"config {arguments.config}", task, arguments.seed)


def _by_name(
    arguments: argparse.Namespace, method: Method, config: EnvironmentConfig, traffic: Traffic
) -> Policy:
    """Return a method's policy: fitted here, or by the full run's weights where it learns."""
    if method.name == "mdp":
        return plan(config, traffic)
    if method.training is None:
        task = Task(
            config, traffic, collect=lambda: dataset_of(arguments.config, config, traffic)[0]
        )
        return method.fit(task)
    made = full_run(main_run(method.name, config.family, arguments.config, arguments.seed))
    weights = None if made is None else made / "weights.safetensors"
    own = arguments.traces is not None or arguments.link is not None
    if own or weights is None or not weights.is_file():
        raise InputError(
            f"{method.name} learns and has no weights here: give --weights FILE "
            f"(difsched train {method.name} makes one)"
        )
    return load_policy(weights, config, arguments.seed)


def _slice(arguments: argparse.Namespace) -> EnvironmentConfig:
    config = read_slice(arguments.config, arguments.traces, arguments.link)
    if arguments.link is not None:
        remark(read_link_table(arguments.link).notes)
    return config


def dataset_of(
    name: str, config: EnvironmentConfig, traffic: Traffic, changes: dict[str, Any] | None = None
) -> tuple[OfflineDataset, dict[str, Any]]:
    """Return a slice's dataset and its card.

    Parameters
    ----------
    name : str
        Number of its configuration, or path of the YAML file.
    config : EnvironmentConfig
    traffic : Traffic
    changes : dict, optional
        Fields that replace those of the dataset's configuration.
    """
    index = int(name) if name.isdecimal() else Path(name).stem
    base = ConfigManager().load_dataset_config(index if name.isdecimal() else "default")
    dataset = base.changed(changes or {})
    return gather(index, dataset, config, traffic, plan(config, traffic))
