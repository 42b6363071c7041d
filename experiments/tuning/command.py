"""Tunes learners: ``./run_all.sh tune dql_set cql``, or ``tune det_set --family mec``.

Every method has the same number of trials, on the same configurations, scored on the same
validation windows: `experiments/tuning/spaces.yaml` says which. What is there already is not made
again. Every trial is on record in ``artifacts/tuning/FAMILY_METHOD.csv``. Nothing is changed by it:
who takes over the settings that `choice` names writes them into the method's YAML.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import groupby, product
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd

from difsched.baselines.method import Method
from difsched.baselines.registry import find
from difsched.config.base import check_choice, check_int
from difsched.utils.files import write_text
from difsched.utils.terminal import OneLineParser, columns
from experiments.cli.arguments import MAX_JOBS, cores
from experiments.paths import DEFAULT_PROFILE, ROOT, WORK, Layout, shown
from experiments.profiles.resolve import resolve
from experiments.runs.workspace import Workspace
from experiments.stages.prepare import collect
from experiments.tuning.choice import by_trial, choice
from experiments.tuning.space import Spaces
from experiments.tuning.trials import Trial, run_trial

TUNED = ROOT / "artifacts" / "tuning"
#: One level deeper than the workspaces of calls: its runs are no results.
FOLDER = WORK / "tuning" / "full-builtin"
KEY = ["family", "method", "config", "trial"]


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
    trials = [trial for method in methods for trial in trials_of(method, options.family, spaces)]
    workspace = make_workspace(FOLDER, spaces, options.family)
    made = tuned(workspace, trials, spaces, options.jobs)
    for name, group in groupby(made, key=itemgetter("method")):
        rows, path = pd.DataFrame(group), TUNED / f"{options.family}_{name}.csv"
        write_text(path, rows.to_csv(index=False, lineterminator="\n"))
        print(f"{name}: {len(rows)} trials in {shown(path)}\n{summary(rows)}", flush=True)
    return 0


def trials_of(method: Method, family: str, spaces: Spaces) -> list[Trial]:
    """Return the trials of a method on every configuration of its family.

    Raises
    ------
    InputError
        If the method has no space: it learns nothing.
    """
    spaces.fields(method, family)
    pairs = product(spaces.families[family].configs, range(spaces.trials))
    return [Trial(method.name, family, config, number) for config, number in pairs]


def make_workspace(folder: Path, spaces: Spaces, family: str) -> Workspace:
    """Return the workspace of the trials, with the datasets of a family's configurations."""
    spec = resolve(DEFAULT_PROFILE, None)
    spec.write(Layout(folder).spec_path)
    workspace = Workspace(folder)
    problems = workspace.problems(family)
    for number in sorted({problems.dataset(index) for index in spaces.families[family].configs}):
        collect(workspace, family, number)
    return workspace


def tuned(
    workspace: Workspace, trials: Sequence[Trial], spaces: Spaces, jobs: int
) -> Iterator[dict[str, Any]]:
    """Yield a row of each trial, in their order, and say when it is done."""
    make = partial(_make, workspace.folder, spaces)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done, (trial, result) in enumerate(zip(trials, pool.map(make, trials), strict=True)):
            row = dict(
                zip(KEY, (trial.family, trial.method, trial.config, trial.number), strict=True)
            )
            row |= {name: result[name] for name in ("loss", "score", "seconds")}
            row["values"] = json.dumps(result["values"], sort_keys=True)
            points = "" if row["score"] is None else f", score {row['score']:.1f}"
            print(
                f"[{done + 1}/{len(trials)}] {trial.run_id}: loss {row['loss']:.4f}{points}",
                flush=True,
            )
            yield row


def _make(folder: Path, spaces: Spaces, trial: Trial) -> dict[str, Any]:
    return run_trial(Workspace(folder), trial, spaces)


def summary(rows: pd.DataFrame) -> str:
    """Return the trials from best to worst, and which of them the method should have.

    By mean score, or mean loss where there is none.
    """
    told = by_trial(rows)
    best = told.sort_values("loss" if told["score"].isna().any() else "score")
    best = best if told["score"].isna().any() else best[::-1]
    lines = [["trial", "loss", "score", "CPU s", "settings"]]
    for number, row in best.iterrows():
        values = json.loads(row["values"])
        words = ", ".join(f"{name} {value}" for name, value in values.items()) or "as they are"
        points = "" if pd.isna(row["score"]) else f"{row['score']:.2f}"
        lines.append([str(number), f"{row['loss']:.5f}", points, f"{row['seconds']:.0f}", words])
    text = columns(lines)
    if told["score"].isna().any():
        return text
    number = choice(rows)
    return f"{text}\nchosen: trial {number}" + ("" if number else ", the settings as they are")
