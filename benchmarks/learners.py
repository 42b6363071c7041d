"""Learners, rules and solvers of the slice side by side in one run: what each costs, and buys.

``python -m benchmarks.learners [METHOD ...]`` prints one table and writes it as
``artifacts/work/bench-learners.csv``: the median of one decision at 8, 20 and 100 users; gradient
steps a second; CPU seconds of training until the score stays at 95 and at 99; how loss and time
grow with the number of users, by weights trained at 8; and cells that are scheduled in one call.
Times are the processor's, of one core, and each stands beside its ratio to ``dql_set``'s. Nothing
is selected: trainings have the full profile's length and one seed.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.decide import composed, observations, untrained
from benchmarks.quality import Watch, first_to_stay
from benchmarks.train import Case, training
from difsched.agents.policy import OfflinePolicy
from difsched.baselines.method import Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import METHODS, find
from difsched.baselines.slice.datasets import gather, plan
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.config.base import check_choice
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.traffic.generator import Traffic, load_traffic
from difsched.evaluation.latency import milliseconds
from difsched.evaluation.scoring import mean_loss, score
from difsched.family import family_of
from difsched.policy import Policy
from difsched.training import offline_training
from difsched.utils.terminal import OneLineParser
from difsched.utils.timing import least_seconds
from experiments.paths import WORK, shown
from experiments.profiles.sweeps import resize

#: Beside whom all stand; learners of the table when none is named, and who learns nothing.
BESIDE = "dql_set"
LEARNED = (
    BESIDE,
    "flow_set",
    "shortcut_set",
    "gaussian_set",
    "det_set",
    "cql",
    "iql",
    "td3_bc",
    "dql",
)
FIXED = ("equal", "proportional", "mdp", "oracle_predicted")
CSV = WORK / "bench-learners.csv"
#: Users of single decisions, and the decisions; turns of a training's steps.
USERS, CALLS, TURNS = (8, 20, 100), 400, 10
#: Configurations learned from; goals; what is replaced of a training's settings; common test
#: windows on which each point of it is scored.
CONFIGS, GOALS, TRAINING, N_WINDOWS = (0, 3), (95.0, 99.0), {"curve_points": 24}, 1000
#: Users to which weights of 8 are taken, and the windows on which all are scored there.
GROWN, GROWN_WINDOWS = (8, 20, 50, 100, 200, 500, 1000), 40
#: Cells scheduled in one call, and CPU seconds a call after which nobody is asked for more.
CELLS, PATIENCE = (1, 100, 1000, 10_000, 100_000), 120.0
#: Measures, in the table's order, and their formats.
DECISION, STEPS, GOAL = "ms a decision", "steps a second", "CPU s to a score"
LOSS, GROWTH, CELL = "loss, %", "ms a window, 40 at once", "ms a cell, all in one call"
FORMATS = {DECISION: ".3f", STEPS: ".0f", GOAL: ".1f", LOSS: ".2f", GROWTH: ".3f", CELL: ".4f"}


@dataclass(frozen=True)
class Figure:
    """A cell of the table.

    Attributes
    ----------
    measure : str
        Of ``FORMATS``.
    at : str
        Of what: a number of users or cells, a goal and a configuration.
    method : str
    value : float
        NaN: not reached, or it took too long.
    """

    measure: str
    at: str
    method: str
    value: float


@dataclass(frozen=True)
class Place:
    """A configuration with its traffic and its offline dataset."""

    env: EnvironmentConfig
    traffic: Traffic
    data: OfflineDataset


@cache
def place_of(number: int) -> Place:
    """Return a configuration of the matrix with the dataset of the main runs, collected once."""
    manager = ConfigManager()
    env, dataset = manager.load_env_config(number), manager.load_dataset_config(number)
    traffic = load_traffic(env.dataflow, seed=env.randomSeed)
    return Place(env, traffic, gather(number, dataset, env, traffic, plan(env, traffic))[0])


def fixed(name: str, env: EnvironmentConfig, traffic: Traffic) -> Policy:
    """Return a scheduler that learns nothing."""
    return composed(env) if name == "mdp" else find(name).fit(Task(env, traffic))


def decisions(learned: Sequence[str]) -> Iterator[Figure]:
    """Yield the medians of single decisions; learners have their first weights."""
    home = place_of(CONFIGS[0])
    for users in USERS:
        env = resize(home.env, users, users * home.env.B // home.env.N_user)
        seen = observations(env, CALLS)
        for name in (*learned, *FIXED):
            model = METHODS[name].model
            policy = untrained(model, env, seen) if model else fixed(name, env, home.traffic)
            value = float(np.median(milliseconds(policy, seen, CALLS)))
            yield Figure(DECISION, f"N = {users}", name, value)


def steps(learned: Sequence[str]) -> Iterator[Figure]:
    """Yield gradient steps a second, in turn with each other."""
    home = place_of(CONFIGS[0])
    jobs = [training(Case(name, str(METHODS[name].model)), home.env, home.data) for name in learned]
    least = least_seconds([lambda job=job: job.update(1) for job in jobs], TURNS)  # type: ignore[misc]
    for name, seconds in zip(learned, least, strict=True):
        yield Figure(STEPS, f"N = {home.env.N_user}", name, 1 / seconds)


def trained(name: str, number: int) -> tuple[OfflinePolicy, Watch]:
    """Return a learner after its training on a configuration, and what its points scored."""
    place, method = place_of(number), find(name)
    scale = reference_losses(place.env, place.traffic, N_WINDOWS)
    references = family_of(place.env).references(place.env)

    def points(policy: Policy) -> float:
        found = score(mean_loss(policy, place.env, place.traffic, N_WINDOWS), scale, references)
        return np.nan if found is None else found

    method.load()
    settings: Any = method.settings(0, {str(method.training): TRAINING})
    watch = Watch(points)
    policy = offline_training(
        place.env,
        settings["training"],
        dataset=place.data,
        model=settings["model"],
        on_point=watch.point,
    )
    return policy, watch


def goals(name: str, number: int, watch: Watch) -> Iterator[Figure]:
    """Yield the CPU seconds until the score stays at each goal."""
    for goal in GOALS:
        reached = first_to_stay([score for _, _, score in watch.points], goal)
        seconds = np.nan if reached is None else watch.points[reached][1]
        yield Figure(GOAL, f"{goal:g}, config {number}", name, seconds)


def growth(policies: dict[str, OfflinePolicy]) -> Iterator[Figure]:
    """Yield losses and times by the number of users: of trained weights, and who learns nothing."""
    home = place_of(CONFIGS[0])
    waited = dict.fromkeys([*policies, *FIXED], 0.0)
    for users in GROWN:
        env = resize(home.env, users, users * home.env.B // home.env.N_user)
        seen = observations(env, GROWN_WINDOWS)
        for name in waited:
            loss, taken = np.nan, np.nan
            if waited[name] < PATIENCE:
                policy: Policy = (
                    policies[name].at_size(env)
                    if name in policies
                    else fixed(name, env, home.traffic)
                )
                taken = _seconds(policy, seen)
                waited[name] += taken
                loss = 100 * mean_loss(policy, env, home.traffic, GROWN_WINDOWS)
            yield Figure(LOSS, f"N = {users}", name, loss)
            yield Figure(GROWTH, f"N = {users}", name, 1e3 * taken / GROWN_WINDOWS)


def cells(policies: dict[str, OfflinePolicy]) -> Iterator[Figure]:
    """Yield times of many cells that are scheduled in one call, as a central controller would."""
    home = place_of(CONFIGS[0])
    few = observations(home.env, CELLS[1])
    known: dict[str, Policy] = {name: fixed(name, home.env, home.traffic) for name in FIXED}
    for name, policy in (policies | known).items():
        each = 0.0
        for count in CELLS:
            value = np.nan
            if each * count < PATIENCE:
                each = _seconds(policy, np.resize(few, (count, *few.shape[1:]))) / count
                value = 1e3 * each
            yield Figure(CELL, f"{count:,} cells", name, value)


def _seconds(policy: Policy, seen: Any) -> float:
    """Return the CPU seconds of one call, the second of two where the first was short."""
    for _ in range(2):
        started = time.process_time()
        policy.act(seen)
        taken = time.process_time() - started
        if taken > 1:
            break
    return taken


def measure(learned: Sequence[str]) -> Iterator[Figure]:
    """Yield every figure of the table."""
    yield from decisions(learned)
    yield from steps(learned)
    policies: dict[str, OfflinePolicy] = {}
    for number in CONFIGS:
        for name in learned:
            policy, watch = trained(name, number)
            yield from goals(name, number, watch)
            if number == CONFIGS[0] and policy.agent.config.network == "set":
                policies[name] = policy
    yield from growth(policies)
    yield from cells(policies)


def frame(figures: Iterable[Figure]) -> pd.DataFrame:
    """Return the figures as rows, each with its ratio to that of ``BESIDE``."""
    rows = pd.DataFrame(list(figures), columns=["measure", "at", "method", "value"])
    beside = rows[rows["method"] == BESIDE].set_index(["measure", "at"])["value"]
    keys = pd.MultiIndex.from_frame(rows[["measure", "at"]])
    return rows.assign(ratio=rows["value"].to_numpy() / beside.reindex(keys).to_numpy())


def table(rows: pd.DataFrame) -> str:
    """Return the table: a block a measure, a line a method, a column a place."""
    lines: list[str] = []
    for measure, block in rows.groupby("measure", sort=False):
        places = list(dict.fromkeys(block["at"]))
        lines += ["", f"{measure:<28}" + "".join(f"{at:>20}" for at in places)]
        for method, part in block.groupby("method", sort=False):
            found = part.set_index("at")
            texts = (_cell(found.loc[at], FORMATS[str(measure)]) for at in places)
            lines.append(f"  {method:<26}" + "".join(f"{text:>20}" for text in texts))
    return "\n".join(lines[1:])


def _cell(row: Any, form: str) -> str:
    if np.isnan(row["value"]):
        return "n/a"
    return f"{row['value']:{form}}" + ("" if np.isnan(row["ratio"]) else f" ({row['ratio']:.2f})")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and write its CSV file."""
    known = [name for name, one in METHODS.items() if one.training in ("offline", "dql")]
    parser = OneLineParser(prog="./run_all.sh bench learners", description=__doc__)
    parser.add_argument("method", nargs="*", help="learners beside dql_set (default: the usual)")
    chosen = parser.parse_args(arguments).method
    for name in chosen:
        check_choice("method", name, known)
    torch.set_num_threads(1)
    rows = frame(measure(tuple(dict.fromkeys((BESIDE, *chosen))) if chosen else LEARNED))
    CSV.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(CSV, index=False)
    print(f"in brackets: times {BESIDE}'s\n\n{table(rows)}\n\n{shown(CSV)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
