"""Bring your own scheduler: evaluated beside the reference results, without touching anything else.

``./run_all.sh --method my_pkg.my_file:MyScheduler`` scores it on the common test windows of every
configuration, prints a table and writes CSV files and a figure to ``artifacts/own/MyScheduler``.

`experiments.outside` says what a scheduler must be, `experiments.guard` which rules its decisions
keep, `experiments.own_reference` what it is compared with, `experiments.own_results` what is
written.
"""

import argparse
import copy
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from baselines.method import Method, Task
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.config.base import check_number
from difsched.env.slice.traffic import Traffic
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.windows import EPISODE_WINDOWS, check_windows
from experiments.guard import Guard, RuleBroken, call_guarded
from experiments.offline_data import gather, plan
from experiments.outside import FORMS, load, registered
from experiments.own_reference import find_reference, find_traffic, fresh_rows, reference_rows
from experiments.own_results import Cell, report
from experiments.pages import asks_help
from experiments.paths import ROOT
from experiments.reference import Salvage
from experiments.terminal import OneLineParser
from experiments.trials import Rows

OWN = ROOT / "artifacts" / "own"
SEEDS = (0, 1, 2)
N_WINDOWS = 2000
DONE, INVALID = 0, 1


def main(argv: Sequence[str]) -> int:
    """Evaluate a scheduler from outside; return 1 if it broke a rule on some configuration.

    Raises
    ------
    InputError
        If an argument is not allowed or the scheduler cannot be imported.
    """
    if asks_help(argv):  # for which argparse would want a name first
        _parser().print_help()
        return DONE
    arguments = _parser().parse_args(argv)
    try:
        method = load(arguments.method)
    except InputError as error:
        _explain(error, arguments.debug)
        raise
    configs = read_configs(arguments.configs, ConfigManager().indices("experiment"))
    check_number("--limit", arguments.limit, 0, open_low=True)
    reference = find_reference(arguments.reference, arguments.traces)
    if arguments.windows is None:
        whole = reference.profile["main"]["evaluation"]["n_windows"] if reference else N_WINDOWS
        arguments.windows = whole
    check_windows("--windows", arguments.windows, 2 * EPISODE_WINDOWS)
    with registered(method):
        cells = [assess(method, index, reference, arguments) for index in configs]
        print(report(method, cells, arguments.windows, OWN / method.name))
    for run, fault in reference.excluded.items() if reference else ():
        print(f"left out of the reference: {run} {fault}", file=sys.stderr)
    return INVALID if any(cell.invalid for cell in cells) else DONE


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="./run_all.sh",
        usage="./run_all.sh --method NAME [OPTION ...]",
        description="Evaluates your scheduler on the common test windows of configs 0-7, beside "
        "the reference results: a table here, CSV files and a figure in artifacts/own. "
        "examples/ has a template of a rule and of a learner.",
        epilog="exit status: 0 done, 1 it broke a rule on some configuration, 2 wrong argument",
        allow_abbrev=False,
    )
    parser.add_argument("--method", required=True, metavar="NAME", help=FORMS)
    parser.add_argument("--configs", metavar="LIST", help="such as 0,3 or 0-3 (default: all)")
    parser.add_argument("--traces", type=Path, metavar="DIR", help="your own traffic, as CSV")
    parser.add_argument(
        "--reference", type=Path, metavar="DIR", help="workspace to compare with (has spec.json)"
    )
    parser.add_argument(
        "--windows", type=int, metavar="W", help="test windows (default: the reference's, or 2000)"
    )
    parser.add_argument(
        "--limit",
        type=float,
        default=200.0,
        metavar="MS",
        help="milliseconds that a decision may take (default: 200, the length of a window)",
    )
    parser.add_argument("--debug", action="store_true", help="print the traceback of an error")
    return parser


def read_configs(text: str | None, allowed: Sequence[int]) -> list[int]:
    """Return the configurations of a list such as ``0,3`` or ``0-3``; all for None.

    Raises
    ------
    InputError
        If it is no such list.
    """
    if text is None:
        return list(allowed)
    chosen: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        ends = [int(end) if end.isdecimal() else -1 for end in (first, last or first)]
        if not set(ends) <= set(allowed):
            numbers = ", ".join(map(str, allowed))
            raise InputError(f"--configs {text!r}: must be a list such as 0,3 or 0-3 of {numbers}")
        chosen |= set(range(ends[0], ends[1] + 1))
    return sorted(chosen)


def assess(
    method: Method, index: int, reference: Salvage | None, arguments: argparse.Namespace
) -> Cell:
    """Return what becomes of a scheduler on one configuration, whatever it does."""
    manager, n_windows = ConfigManager(), arguments.windows
    config = manager.load_env_config(manager.load_experiment_config(index).env)
    traffic = find_traffic(config, reference, arguments.traces)
    cell = Cell(index, config.N_user)
    try:
        cell.others = reference_rows(reference, index, config, n_windows)
    except InputError as error:
        cell.refused = f"config {index} is not compared with the reference: {error}"
        print(cell.refused, flush=True)
        cell.others = fresh_rows(index, config, traffic, n_windows)
    try:
        cell.own = own_rows(method, index, config, traffic, n_windows, arguments.limit)
    except RuleBroken as broken:
        cell.invalid = str(broken)
        print(f"invalid: {broken}", file=sys.stderr, flush=True)
        _explain(broken, arguments.debug)
    return cell


def own_rows(
    method: Method,
    index: int,
    config: EnvironmentConfig,
    traffic: Traffic,
    n_windows: int,
    limit_ms: float,
) -> Rows:
    """Return the scheduler's results on a configuration, one a seed.

    Raises
    ------
    RuleBroken
        At the first rule that it breaks.
    """
    manager, learns = ConfigManager(), method.training is not None
    data, rows = None, []
    if learns:
        dataset = manager.load_dataset_config(manager.load_experiment_config(index).dataset)
        data, _ = gather(index, dataset, config, traffic, plan(config, traffic))
    for seed in SEEDS if learns else SEEDS[:1]:
        place, started = f"config {index}, seed {seed}", time.perf_counter()
        training = replace(manager.load_training_config("offline"), seed=seed)
        # A copy: what it does to its data must not reach the next seed.
        task = copy.deepcopy(Task(config, traffic, training=training, data=data))
        policy = call_guarded(place, method.name, partial(method.fit, task))
        if not hasattr(policy, "act"):
            raise RuleBroken(f"{place}: {method.name} gave {type(policy).__name__} without act")
        guard = Guard(policy, config, place, limit_ms)
        scores = evaluate(guard, config, traffic.test, n_windows)
        row = {"method": method.name, "config": index, "seed": seed}
        rows.append(row | scores.summary(config.information))
        seconds = time.perf_counter() - started
        print(f"{place}: loss {scores.loss.mean():.2%} ({seconds:.1f} s)", flush=True)
    return rows


def _explain(error: Exception, debug: bool) -> None:
    """Print the traceback of what caused an error, if that is wanted."""
    if debug and error.__cause__ is not None:
        traceback.print_exception(error.__cause__)
