"""Training of soft actor-critic, by interaction and on a fixed dataset."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stable_baselines3 import SAC
from stable_baselines3.sac.policies import SACPolicy

from difsched.baselines.method import Task
from difsched.baselines.sb3.environment import FlatVecEnv, replay_buffer
from difsched.baselines.sb3.networks import extractor
from difsched.baselines.sb3.policy import ActorPolicy, contained_randomness
from difsched.baselines.sb3.problem import FlatProblem
from difsched.baselines.sb3.training import (
    OFFLINE,
    ONLINE,
    Curve,
    environment,
    losses,
    shared_settings,
    without_log,
)
from difsched.config import OfflineTrainingConfig, OnlineTrainingConfig

LOSSES = {name: name for name in ("actor_loss", "critic_loss", "ent_coef")}


@dataclass(frozen=True)
class Architecture:
    """What networks actor and critics have.

    Attributes
    ----------
    learner : str
        Who reads their weights.
    policy : str or type
        Stable-Baselines3's policy that makes them.
    arguments : callable
        Problem and width of the hidden layers -> what that policy takes besides.
    """

    learner: str
    policy: str | type[SACPolicy]
    arguments: Callable[[FlatProblem, int], dict[str, Any]]


PERCEPTRONS = Architecture("sac", "MlpPolicy", extractor)


def train_online(task: Task, networks: Architecture = PERCEPTRONS) -> ActorPolicy:
    """Train by interaction on the training split, sampled outcomes.

    The number of gradient steps is ``gradient_steps`` for each ``n_envs`` windows, but for the
    first ``10 batch_size`` windows, whose actions are random.
    """
    problem = FlatProblem.of(task.config, task.traffic)
    return train_in(environment(task, problem, ONLINE, task.model.n_envs), task, networks)


def train_in(copies: FlatVecEnv, task: Task, networks: Architecture = PERCEPTRONS) -> ActorPolicy:
    """Train by interaction with copies of a task's problem, real or imagined ones."""
    training: OnlineTrainingConfig = task.training
    with contained_randomness():
        rate, windows = task.model.learning_rate, training.windows
        model = _untrained(task, copies, ONLINE, rate, windows, networks)
        policy = ActorPolicy(networks.learner, model.policy.actor, copies.problem)
        model.learn(windows, callback=Curve(task, policy, LOSSES))
    return policy


def train_offline(task: Task) -> ActorPolicy:
    """Train on the task's dataset alone: the same learner without a window of interaction.

    Its critic never sees what becomes of the actions that the actor comes to prefer.
    """
    training: OfflineTrainingConfig = task.training
    data = task.dataset
    problem = FlatProblem.of(task.config, task.traffic, data)
    steps, points = training.gradient_steps, training.curve_points
    report_at = {round(steps * (i + 1) / points) for i in range(points)}
    with contained_randomness():
        # One copy gives the model its spaces; it is never stepped.
        one = environment(task, problem, OFFLINE, 1)
        model = _untrained(task, one, OFFLINE, training.learning_rate, 1, PERCEPTRONS)
        policy = ActorPolicy(PERCEPTRONS.learner, model.policy.actor, problem)
        model.replay_buffer = replay_buffer(data, problem)
        for step in range(1, steps + 1):
            # As `learn` does by windows: what the step size goes by.
            model._update_current_progress_remaining(step - 1, steps)
            model.train(1, training.batch_windows(problem.entities))
            if step in report_at:
                task.on_point(step, policy, losses(model, LOSSES))
    return policy


def _untrained(
    task: Task,
    copies: FlatVecEnv,
    kind: str,
    learning_rate: float,
    buffer_size: int,
    networks: Architecture,
) -> SAC:
    """Return a fresh model on copies of a task's problem."""
    hyper = task.model
    shared = shared_settings(task, kind, learning_rate)
    shared["policy_kwargs"] |= networks.arguments(copies.problem, hyper.hidden)
    model = SAC(
        networks.policy,
        copies,
        batch_size=hyper.batch_size,
        # Learned from here on. From SB3's 1 it needs most of the run to fall to the size of
        # differences between rewards, and the policy stays random for as long.
        ent_coef=f"auto_{hyper.entropy_coefficient}",
        gradient_steps=hyper.gradient_steps,
        learning_starts=10 * hyper.batch_size,
        buffer_size=buffer_size,
        **shared,
    )
    without_log(model)
    return model
