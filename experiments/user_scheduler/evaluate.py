"""Bring your own scheduler: evaluated beside the reference results, without touching anything else.

``./run_all.sh --method my_file.py:MyScheduler`` scores it on the common test windows of every
configuration, prints a table and writes CSV files and a figure to ``artifacts/own``. With
``--config my.yaml`` it does so on a slice of one's own, where the reference has no results: the
built-in rules and oracles run there and then.

`difsched.user_scheduler.load` says what a scheduler must be, `difsched.user_scheduler.rules` which
rules its decisions keep, and the modules of this folder where it runs (`slices`), what it is
compared with (`comparison`), what is written (`report`) and into which folder (`place`).
"""

import argparse
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from difsched.baselines.method import Method, Task
from difsched.config import ConfigManager
from difsched.config.base import check_number
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.windows import check_windows
from difsched.family import family_of
from difsched.run_ids import main_run
from difsched.user_scheduler.load import FORMS, load, registered
from difsched.user_scheduler.rules import RuleBroken
from difsched.user_scheduler.run import LIMIT_MS, fitted, fresh_rows
from difsched.utils.terminal import OneLineParser
from experiments.aggregate.results import Result, Run
from experiments.aggregate.rows import RunKey
from experiments.cli.pages import asks_help
from experiments.paths import ROOT
from experiments.rendering.outside import check_name
from experiments.runs.reference import Salvage
from experiments.user_scheduler.comparison import find_reference, reference_runs
from experiments.user_scheduler.place import note, reserve, sources
from experiments.user_scheduler.report import Assessed, report
from experiments.user_scheduler.slices import OwnSlice, read_configs

OWN = ROOT / "artifacts" / "own"
SEEDS = (0, 1, 2)
N_WINDOWS = 2000
DONE, INVALID = 0, 1


def main(argv: Sequence[str]) -> int:
    """Evaluate a scheduler from outside; return 1 if it broke a rule on some slice.

    Raises
    ------
    InputError
        If an argument is not allowed, the scheduler cannot be imported, or the folder of its
        results holds those of another setting.
    """
    if asks_help(argv):  # for which argparse would want a name first
        _parser().print_help()
        return DONE
    arguments = _parser().parse_args(argv)
    check_number("--limit", arguments.limit, 0, open_low=True)
    if arguments.by is not None:
        check_name("--by", arguments.by)
        if arguments.config is not None or arguments.link is not None:
            raise InputError("--by: must be left out with --config and --link: no table has those")
    try:
        outside = load(arguments.method)
    except InputError as error:
        _explain(error, arguments.debug)
        raise
    method = outside.method
    slices, reference = _slices(arguments)
    if arguments.windows is None:
        whole = reference.profile.main.evaluation.n_windows if reference else N_WINDOWS
        arguments.windows = whole
    check_windows("--windows", arguments.windows, 2)
    setting = {
        "method": method.name,
        "sources": sources(outside.scheduler),
        "slices": {str(one.name): one.setting() for one in slices},
        "windows": arguments.windows,
        "limit_ms": arguments.limit,
        "reference": None if reference is None else reference.folder.name,
    }
    place = reserve(OWN, arguments.name, method.name, setting)
    with registered(method):
        places = [assess(method, one, arguments) for one in slices]
        note(place, setting)
        print(report(method, places, arguments.windows, place, arguments.by))
    for run, fault in reference.excluded.items() if reference else ():
        print(f"left out of the reference: {run} {fault}", file=sys.stderr)
    return INVALID if any(place.invalid for place in places) else DONE


def _slices(arguments: argparse.Namespace) -> tuple[list[OwnSlice], Salvage | None]:
    """Return the slices that were asked for, and the runs to compare with, if there are any."""
    if arguments.config is not None or arguments.link is not None:
        for option in ("configs", "reference"):
            if getattr(arguments, option) is not None:
                raise InputError(f"--{option}: must be left out with --config and --link")
        one = OwnSlice.chosen(arguments.config or "0", arguments.traces, arguments.link)
        return [one], None
    traces = None if arguments.traces is None else Path(arguments.traces)
    configs = read_configs(arguments.configs, ConfigManager().indices("experiment"))
    reference = find_reference(arguments.reference, traces)
    return [OwnSlice.numbered(index, reference, traces) for index in configs], reference


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="./run_all.sh",
        usage="./run_all.sh --method NAME [OPTION ...]",
        description="Evaluates your scheduler on the common test windows of configs 0-7, beside "
        "the reference results, or with --config on a slice of yours, beside built-in rules and "
        "oracles: a table here, CSV files and a figure in artifacts/own. examples/ has a template "
        "of a rule and of a learner.",
        epilog="exit status: 0 done, 1 it broke a rule somewhere, 2 wrong argument",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--method", required=True, metavar="NAME", help=FORMS)
    add("--configs", metavar="LIST", help="such as 0,3 or 0-3 (default: all)")
    add("--config", metavar="FILE", help="a slice of yours: YAML, what differs from the default")
    add("--traces", metavar="DIR", help="your own traffic, as CSV")
    add("--link", metavar="TABLE", help="your own channel classes: see difsched sanity --help")
    add("--name", metavar="WORD", help="folder in artifacts/own (default: class and a digest)")
    whose = (
        "your name and place: writes entry.json, which belongs into results/ to be in the tables"
    )
    add("--by", metavar="TEXT", help=whose)
    add("--reference", type=Path, metavar="DIR", help="workspace to compare with (has spec.json)")
    windows = f"test windows, a multiple of 20 (default: the reference's, or {N_WINDOWS})"
    add("--windows", type=int, metavar="W", help=windows)
    limit = "milliseconds that a decision may take (default: 200, the length of a window)"
    add("--limit", type=float, default=LIMIT_MS, metavar="MS", help=limit)
    add("--debug", action="store_true", help="print the traceback of an error")
    return parser


def assess(method: Method, where: OwnSlice, arguments: argparse.Namespace) -> Assessed:
    """Return what becomes of a scheduler on one slice, whatever it does."""
    n_windows, found = arguments.windows, Assessed(where.name, where.config.N_user)
    try:
        found.others = reference_runs(where.reference, where.name, where.config, n_windows)
    except InputError as error:
        found.refused = f"config {where.name} is not compared with the reference: {error}"
        print(f"{found.refused}; built-in rules and oracles run here", flush=True)
        rows = fresh_rows(where.name, where.config, where.traffic, n_windows)
        found.others = [_run(row["method"], where, row["seed"], row) for row in rows]
    try:
        found.own = own_runs(method, where, n_windows, arguments.limit)
    except RuleBroken as broken:
        found.invalid = str(broken)
        print(f"invalid: {broken}", file=sys.stderr, flush=True)
        _explain(broken, arguments.debug)
    return found


def own_runs(method: Method, where: OwnSlice, n_windows: int, limit_ms: float) -> list[Run]:
    """Return the scheduler's runs on a slice, one a seed.

    Raises
    ------
    RuleBroken
        At the first rule that it breaks.
    """
    runs, learns = [], method.training is not None
    task = Task(where.config, where.traffic, data=where.collect() if learns else None)
    for seed in SEEDS if learns else SEEDS[:1]:
        started = time.perf_counter()
        place = f"config {where.name}, seed {seed}"
        policy = fitted(method, place, task, seed, limit_ms)
        scores = evaluate(policy, where.config, where.traffic.test, n_windows)
        runs.append(_run(method.name, where, seed, scores.summary(where.config.information)))
        seconds = time.perf_counter() - started
        print(f"{place}: loss {scores.loss.mean():.2%} ({seconds:.1f} s)", flush=True)
    return runs


def _run(method: str, where: OwnSlice, seed: int, summary: Mapping[str, object]) -> Run:
    """Return what ran here as a run of the suite; see `Scores.summary`."""
    family = family_of(where.config)
    name = main_run(method, family.name, where.name, seed)
    key = RunKey(name, method, family.name, where.name, seed)
    return Run(key, family.references(where.config), Result.of(summary, family))


def _explain(error: Exception, debug: bool) -> None:
    """Print the traceback of what caused an error, if that is wanted."""
    if debug and error.__cause__ is not None:
        traceback.print_exception(error.__cause__)
