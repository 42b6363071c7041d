"""What trainings of Stable-Baselines3's learners share: copies to learn from, and the curve."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger

from difsched.baselines.method import Task
from difsched.baselines.sb3.environment import FlatVecEnv
from difsched.baselines.sb3.policy import ActorPolicy
from difsched.baselines.sb3.problem import FlatProblem
from difsched.family import family_of
from difsched.utils.seeding import integer_seed, seed_sequence

#: Streams of a training by interaction, and on a dataset.
ONLINE, OFFLINE = "online_training", "offline_training"


def environment(task: Task, problem: FlatProblem, kind: str, copies: int) -> FlatVecEnv:
    """Return copies of a task's problem in its training split, with sampled outcomes.

    ``kind`` and the training's seed name their random streams.
    """
    config, family = task.config, problem.family
    seed = seed_sequence(config.randomSeed, kind, task.training.seed, "simulator")
    simulator = family.simulator(config, "train", copies, "sampled", seed, task.traffic)
    return FlatVecEnv(simulator, problem, copies, family.episode(config))


def shared_settings(task: Task, kind: str, learning_rate: float) -> dict[str, Any]:
    """Return the arguments that every model of the library takes alike."""
    return {
        "learning_rate": half_cosine(learning_rate),
        "gamma": family_of(task.config).discounted(task.model.discount, task.config),
        "policy_kwargs": {
            "net_arch": [task.model.hidden] * task.model.layers,
            "optimizer_kwargs": {"fused": True},
        },
        "seed": integer_seed(task.config.randomSeed, kind, task.training.seed, "weights"),
        "device": "cpu",
    }


def half_cosine(learning_rate: float) -> Callable[[float], float]:
    """Return the step size by what remains of the training, from 1 to 0: half a cosine."""
    return lambda remaining: learning_rate * (1 - math.cos(math.pi * remaining)) / 2


def without_log(model: BaseAlgorithm) -> None:
    """Keep a model's log in memory: without one of its own it makes a folder."""
    model.set_logger(Logger(None, []))


def losses(model: BaseAlgorithm, names: Mapping[str, str]) -> dict[str, float]:
    """Return the means over the last gradient steps by name; nothing before the first.

    Parameters
    ----------
    model : BaseAlgorithm
    names : mapping
        Ours -> the library's.
    """
    values = model.logger.name_to_value
    found = {name: f"train/{theirs}" for name, theirs in names.items()}
    return {name: float(values[key]) for name, key in found.items() if key in values}


class Curve(BaseCallback):
    """Reports the points of a training by interaction, evenly spread over its windows.

    Parameters
    ----------
    task : Task
    policy : ActorPolicy
        That is trained.
    names : mapping
        Of the losses; see `losses`.
    """

    def __init__(self, task: Task, policy: ActorPolicy, names: Mapping[str, str]) -> None:
        super().__init__()
        self.task, self.policy, self.names = task, policy, names
        points = task.training.curve_points
        self.report_at = [task.training.windows * (i + 1) / points for i in range(points)]

    def _on_rollout_start(self) -> None:
        while self.report_at and self.model.num_timesteps >= self.report_at[0]:
            self.report_at.pop(0)
            found = losses(self.model, self.names)
            self.task.on_point(self.model.num_timesteps, self.policy, found)

    _on_training_end = _on_rollout_start

    def _on_step(self) -> bool:
        return True
