"""Tunes learners: ``./run_all.sh tune dql_set cql``, or ``tune det_set --family mec``.

Every method has the same number of trials, on the same configurations, scored on the same
validation windows: `experiments/tuning/spaces.yaml` says which. The candidate that they name and
the settings from before are trained with further seeds. What is there already is not made again.
Every trial is on record in ``artifacts/tuning/FAMILY_METHOD.csv``. Nothing is changed by it: who
takes over the settings that `choice` names writes them into the method's YAML, and what they were
into ``before``.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from difsched.baselines.method import Method
from difsched.baselines.registry import find
from difsched.config.base import check_choice, check_int
from difsched.errors import naming
from difsched.utils.files import write_text
from difsched.utils.terminal import OneLineParser, columns
from experiments.cli.arguments import MAX_JOBS, cores
from experiments.paths import DEFAULT_PROFILE, ROOT, WORK, Layout, shown
from experiments.profiles.resolve import resolve
from experiments.runs.workspace import Workspace
from experiments.stages.prepare import collect
from experiments.tuning.choice import by_trial, candidate, choice, first_round, second_round
from experiments.tuning.space import FILE, Spaces
from experiments.tuning.trials import Trial, changed, run_trial
from experiments.tuning.workers import workers

TUNED = ROOT / "artifacts" / "tuning"
#: One level deeper than the workspaces of calls: its runs are no results.
FOLDER = WORK / "tuning" / "full-builtin"
KEY = ["family", "method", "config", "trial", "seed"]


def main(argv: list[str]) -> int:
    """Tune methods and print what became of their trials; return the exit status."""
    parser = OneLineParser(prog="./run_all.sh tune", description=__doc__)
    parser.add_argument("method", nargs="+", help="a learner, such as dql_set")
    parser.add_argument("--family", default="slice", metavar="F", help="(default: slice)")
    parser.add_argument("--jobs", type=int, default=cores(), metavar="J", help="trials at a time")
    options = parser.parse_args(argv)
    check_int("--jobs", options.jobs, 1, MAX_JOBS)
    spaces = Spaces.load()
    check_choice("--family", options.family, spaces.families)
    methods = [find(name, options.family) for name in options.method]
    rounds = [trials_of(method, options.family, spaces) for method in methods]
    workspace = make_workspace(FOLDER, spaces, options.family)
    with workers(options.jobs) as pool:
        make = partial(pool.map, partial(_make, workspace.folder, spaces))
        for method, first in zip(methods, rounds, strict=True):
            rows = pd.DataFrame(tuned(first, make(first)))
            second = repeated(first, rows, spaces)
            if second:
                rows = pd.concat([rows, pd.DataFrame(tuned(second, make(second)))])
            path = TUNED / f"{options.family}_{method.name}.csv"
            write_text(path, rows.to_csv(index=False, lineterminator="\n"))
            print(
                f"{method.name}: {len(rows)} trials in {shown(path)}\n{summary(rows)}", flush=True
            )
    return 0


def trials_of(method: Method, family: str, spaces: Spaces) -> list[Trial]:
    """Return the first round of a method: every trial on every configuration, with one seed.

    Raises
    ------
    InputError
        If the method has no space, as what learns nothing, or a trial's settings are not allowed.
    """
    with naming(FILE):
        usual = method.settings(0, {}, family)
        for number in range(spaces.trials):
            changed(usual, spaces.trial(method, family, number))
    pairs = product(spaces.families[family].configs, range(spaces.trials))
    seed = spaces.seeds[0]
    return [Trial(method.name, family, config, number, seed) for config, number in pairs]


def repeated(first: Sequence[Trial], rows: pd.DataFrame, spaces: Spaces) -> list[Trial]:
    """Return the second round: candidate and own settings with further seeds, if they differ."""
    found = 0 if rows["score"].isna().any() else candidate(rows)
    pairs = [trial for trial in first if found and trial.number in (0, found)]
    return [replace(trial, seed=seed) for seed in spaces.seeds[1:] for trial in pairs]


def make_workspace(folder: Path, spaces: Spaces, family: str) -> Workspace:
    """Return the workspace of the trials, with the datasets of a family's configurations."""
    spec = resolve(DEFAULT_PROFILE, None)
    spec.write(Layout(folder).spec_path)
    workspace = Workspace(folder)
    problems = workspace.problems(family)
    for number in sorted({problems.dataset(index) for index in spaces.families[family].configs}):
        collect(workspace, family, number)
    return workspace


def tuned(trials: Sequence[Trial], results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row of each trial, in their order, having said when each is done."""
    rows = []
    for trial, result in zip(trials, results, strict=True):
        key = (trial.family, trial.method, trial.config, trial.number, trial.seed)
        row = dict(zip(KEY, key, strict=True))
        row |= {name: result[name] for name in ("loss", "score", "seconds")}
        rows.append(row | {"values": json.dumps(result["values"], sort_keys=True)})
        points = "" if row["score"] is None else f", score {row['score']:.1f}"
        print(
            f"[{len(rows)}/{len(trials)}] {trial.run_id}: loss {row['loss']:.4f}{points}",
            flush=True,
        )
    return rows


def _make(folder: Path, spaces: Spaces, trial: Trial) -> dict[str, Any]:
    return run_trial(Workspace(folder), trial, spaces)


def summary(rows: pd.DataFrame) -> str:
    """Return the first round from best to worst, and what becomes of the candidate that it names.

    By mean score, or mean loss where there is none.
    """
    told, scored = by_trial(first_round(rows)), rows["score"].notna().all()
    best = told.sort_values("score", ascending=False) if scored else told.sort_values("loss")
    lines = [["trial", "loss", "score", "CPU s", "settings"]]
    for number, row in best.iterrows():
        values = json.loads(row["values"])
        words = ", ".join(f"{name} {value}" for name, value in values.items())
        points = f"{row['score']:.2f}" if scored else ""
        before = "" if number else " (as before)"
        cells = [str(number), f"{row['loss']:.5f}", points, f"{row['seconds']:.0f}"]
        lines.append([*cells, f"{words}{before}"])
    return "\n".join([columns(lines), *(verdict(rows) if scored else [])])


def verdict(rows: pd.DataFrame) -> list[str]:
    """Return lines that say which trial has the settings that the method should have."""
    found, chosen = candidate(rows), choice(rows)
    words = "" if chosen else ", the settings from before"
    lines = [f"chosen: trial {chosen}{words}"]
    if found:
        means, seeds = second_round(rows), rows["seed"].nunique()
        again = f"{means[0]:.2f} as before, {means[found]:.2f} with trial {found}"
        lines.insert(0, f"mean score over {seeds} seeds: {again}")
    return lines
