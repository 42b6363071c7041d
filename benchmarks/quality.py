"""Time to quality: CPU seconds of one core until DQL-Set's score is 95, training included.

``python -m benchmarks.quality`` trains on configuration 0, the built-in traffic and the
dataset of the main runs, and scores the policy on all common test windows at twelve points of the
training. It prints one table: for each seed and point the CPU seconds of training until then
(scoring is not counted) and the score, and for each seed the first point from which on the score
stays at 95 or more. Nothing is selected: the training's length is the full profile's.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence

import torch

from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.baselines.slice.datasets import gather, plan
from difsched.config import ConfigManager
from difsched.env.slice.traffic.generator import load_traffic
from difsched.evaluation.across import normalised_score
from difsched.evaluation.scoring import mean_loss
from difsched.policy import Policy
from difsched.training import offline_training
from difsched.utils.terminal import OneLineParser

CONFIG = 0
METHOD = "dql_set"
SEEDS = (0, 1, 2)
POINTS = 12
GOAL = 95.0
N_WINDOWS = 2000


def first_to_stay(scores: Sequence[float], goal: float) -> int | None:
    """Return the first place from which on every score is at least the goal, or None."""
    reached = None
    for place, score in enumerate(scores):
        if score < goal:
            reached = None
        elif reached is None:
            reached = place
    return reached


def main(argv: list[str] | None = None) -> int:
    """Print the table; see the module's text."""
    OneLineParser(prog="./run_all.sh bench quality", description=__doc__).parse_args(argv)
    torch.set_num_threads(1)
    manager = ConfigManager()
    config, dataset = manager.load_env_config(CONFIG), manager.load_dataset_config(CONFIG)
    traffic = load_traffic(config.dataflow, seed=config.randomSeed)
    data, _ = gather(CONFIG, dataset, config, traffic, plan(config, traffic))

    def loss(policy: Policy) -> float:
        return mean_loss(policy, config, traffic, N_WINDOWS)

    fixed = {name: find(name).fit(Task(config, traffic)) for name in ("equal", "oracle_predicted")}
    equal, oracle = loss(fixed["equal"]), loss(fixed["oracle_predicted"])
    print(
        f"{METHOD}, config {CONFIG}: equal split {100 * equal:.2f} %, oracle {100 * oracle:.2f} %"
    )
    print(f"{'seed':>4} {'steps':>6} {'CPU s':>7} {'score':>6}")
    for seed in SEEDS:
        method = find(METHOD)
        method.load()
        settings = method.settings(seed, {"offline": {"curve_points": POINTS}})
        watch = Watch(lambda policy: float(normalised_score(loss(policy), equal, oracle)))
        offline_training(
            config,
            settings["training"],
            dataset=data,
            model=settings["model"],
            on_point=watch.point,
        )
        for step, seconds, score in watch.points:
            print(f"{seed:>4} {step:>6} {seconds:>7.1f} {score:>6.1f}")
        place = first_to_stay([score for _, _, score in watch.points], GOAL)
        when = "not reached" if place is None else f"after {watch.points[place][1]:.1f} CPU seconds"
        print(f"{seed:>4} stays at {GOAL:.0f} or more: {when}", flush=True)
    return 0


class Watch:
    """Scores a policy at points of its training; the clock stands still meanwhile.

    Parameters
    ----------
    score : callable
        Policy -> score.
    """

    def __init__(self, score: Callable[[Policy], float]) -> None:
        self.score = score
        self.points: list[tuple[int, float, float]] = []
        self.started = time.process_time()

    def point(self, step: int, policy: Policy, losses: Mapping[str, float]) -> None:
        """Note step, CPU seconds of training until then, and score."""
        now = time.process_time()
        self.points.append((step, now - self.started, self.score(policy)))
        self.started += time.process_time() - now


if __name__ == "__main__":
    sys.exit(main())
