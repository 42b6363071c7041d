"""What ``difsched collect``, ``train`` and ``evaluate`` do; `difsched.cli.main` parses.

Each takes the parsed arguments, calls what the suite has, says what came of it, and raises
InputError at bad input.
"""

import argparse
import time
from typing import Any

from difsched.baselines.method import Task
from difsched.baselines.references import reference_losses, unscored
from difsched.baselines.registry import methods
from difsched.baselines.weights import load_policy
from difsched.cli.options import FIRST, SLICE
from difsched.cli.overrides import Overrides
from difsched.cli.problem import Problem, served
from difsched.cli.slice_problem import SliceProblem
from difsched.config.base import check_int
from difsched.data.transitions import card_path
from difsched.errors import InputError, naming, within
from difsched.evaluation import evaluate
from difsched.evaluation.crossed import mean_interval
from difsched.evaluation.scoring import score
from difsched.evaluation.windows import Scores, check_windows
from difsched.family import family_named
from difsched.published import model_weights, read_card
from difsched.utils.files import check_output
from difsched.utils.terminal import say


def choose(arguments: argparse.Namespace) -> tuple[Problem, Overrides]:
    """Return the problem of a command line, and the fields that it replaces.

    Raises
    ------
    InputError
        If there is no such family or configuration, or an option is not of the family.
    """
    family = family_named(arguments.family)
    problem = (SliceProblem if family.name == SLICE else Problem).of(family, arguments)
    overrides = Overrides.of(arguments.set or ())
    with within("--set "):
        return problem.changed(overrides.problem), overrides


def collect(arguments: argparse.Namespace) -> None:
    """Collect an offline dataset and write it with its card."""
    check_output("--out", arguments.out)
    check_output("--out", card_path(arguments.out))
    problem, overrides = choose(arguments)
    overrides.refuse_learning()
    fields = {"n_windows": "windows", "random_share": "random_share", "behaviour": "behaviour"}
    given = {field: getattr(arguments, name) for field, name in fields.items()}
    data, card = problem.collect(**{name: v for name, v in given.items() if v is not None})
    data.save(arguments.out, card)
    losses = {**card["loss"], "all": card["behaviour_loss"]}
    shown = ", ".join(f"{name} {problem.cost(value)}" for name, value in losses.items())
    text = f"{arguments.out}: {len(data.reward)} windows of {problem.entities}; loss: {shown}"
    say({"out": str(arguments.out), **card}, text, arguments.json)


def train(arguments: argparse.Namespace) -> None:
    """Train a method that learns and write its weights."""
    check_int("--seed", arguments.seed, 0)
    problem, overrides = choose(arguments)
    method = problem.method(arguments.method)
    if method.training is None:
        known = methods(problem.family.name)
        learners = ", ".join(name for name, one in known.items() if one.training is not None)
        raise InputError(f"method = {method.name!r}: must be one that learns: {learners}")
    check_output("--out", arguments.out)
    if arguments.data is not None and arguments.out.absolute() == arguments.data.absolute():
        raise InputError(f"--out {arguments.out}: must be another file than --data")
    if arguments.data is not None and method.training == "online":
        raise InputError(f"--data {arguments.data}: {method.name} learns by interaction: leave out")
    changes = {} if arguments.steps is None else {"gradient_steps": arguments.steps}
    settings = method.settings(arguments.seed, {method.training: changes}, problem.family.name)
    settings = overrides.applied(settings)
    method.load()
    data = None
    if arguments.data is not None:
        data = problem.family.dataset.load(arguments.data)
        with naming(arguments.data):
            data.check(method.view(problem.config))
    source = problem.source
    if data is None and method.training != "online":
        data, _ = problem.collect()
    started = time.perf_counter()
    config = method.view(problem.config)
    policy = served(method, Task(config, source, data=data, **settings))
    seconds = time.perf_counter() - started
    policy.save(arguments.out)
    values: dict[str, Any] = {"method": method.name, "config": problem.name}
    values["seed"] = arguments.seed
    values |= {"out": str(arguments.out), "parameters": policy.parameters, "seconds": seconds}
    values["warnings"] = [] if data is None else data.remarks(problem.config)
    lines = [f"{arguments.out}: {method.name}, {policy.parameters} weights, {seconds:.0f} s"]
    lines += [f"warning: {arguments.data or 'dataset'}: {remark}" for remark in values["warnings"]]
    say(values, "\n".join(lines), arguments.json)


def assess(arguments: argparse.Namespace) -> None:
    """Score a method, a model or weights on the common test windows."""
    given = (arguments.method, arguments.weights, arguments.model)
    if sum(one is not None for one in given) != 1:
        raise InputError("evaluate needs a METHOD, --model MODEL or --weights FILE, one of them")
    check_int("--seed", arguments.seed, 0)
    weights = arguments.weights
    if arguments.model is not None:
        weights, card = model_weights(arguments.model), read_card(arguments.model)
        arguments.seed, arguments.family = card.seed, arguments.family or card.family
        arguments.config = arguments.config or str(card.config)
    arguments.family, arguments.config = arguments.family or SLICE, arguments.config or FIRST
    problem, overrides = choose(arguments)
    overrides.refuse_learning()
    length = problem.family.test_episode(problem.config)
    windows = check_windows("--windows", arguments.windows, 2, length)
    if weights is not None:
        name, method = str(arguments.model or weights), None
        policy = load_policy(weights, problem.config, arguments.seed)
    else:
        method = problem.method(arguments.method)
        name, problem = method.name, problem.seen_by(method)
        policy = problem.fit(method, arguments.seed)
    scores = evaluate(policy, problem.config, problem.source, windows)
    values, text = _told(problem, name, scores)
    if method is not None and (beside := problem.beside(method, windows)) is not None:
        values["beside"], table = beside
        text = f"{text}\n\n{table}"
    say(values, text, arguments.json)


def _told(problem: Problem, name: str, scores: Scores) -> tuple[dict[str, Any], str]:
    """Return what is said of a policy's scores: plain values, and a text."""
    family, windows = problem.family, scores.loss.size
    loss = float(scores.loss.mean())
    scale = reference_losses(problem.config, problem.source, windows)
    references = family.references(problem.config)
    points, why = score(loss, scale, references), unscored(scale, problem.config)
    half_width = mean_interval(scores.loss.mean(axis=1)[None]).half_width
    values = {
        "method": name,
        "config": problem.name,
        "windows": windows,
        "loss": loss,
        "loss_half_width": half_width,
        "score": points,
        "no_score": why,
        **problem.means(scores),
        "labels": {metric.name: metric.label for metric in (family.cost, *family.metrics)},
        "units": {metric.name: metric.unit for metric in (family.cost, *family.metrics)},
    }
    text = (
        f"{name} on {problem.place}, {windows} common test windows:\n"
        f"loss {problem.cost(loss)} ± {problem.cost(half_width)} (95 % interval for other test "
        f"episodes), {f'no score: {why}' if points is None else f'score {points:.1f}'}\n"
        f"{problem.told(scores)}"
    )
    return values, text
