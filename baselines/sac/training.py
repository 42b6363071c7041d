"""Training of soft actor-critic, by interaction and on a fixed dataset."""

import math
from collections.abc import Callable

from stable_baselines3 import SAC
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger

from difsched.baselines.method import Task
from difsched.baselines.sac.policy import SACPolicy, contained_randomness
from difsched.baselines.sac.slices import Scaler, SliceVecEnv, replay_buffer
from difsched.config import OfflineTrainingConfig, OnlineTrainingConfig
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import TrafficGenerator
from difsched.env.slice.view import view_of
from difsched.utils.seeding import integer_seed, seed_sequence


def train_online(task: Task) -> SACPolicy:
    """Train by interaction on the training trace, sampled outcomes.

    The number of gradient steps is ``gradient_steps`` for each ``n_envs`` windows, but for the
    first ``10 batch_size`` windows, whose actions are random.
    """
    training: OnlineTrainingConfig = task.training
    points = training.curve_points
    report_at = [training.windows * (i + 1) / points for i in range(points)]

    with contained_randomness():
        model, policy = _untrained(
            task, "online_training", task.model.n_envs, task.model.learning_rate, training.windows
        )

        class Curve(BaseCallback):
            def _on_rollout_start(self) -> None:
                while report_at and model.num_timesteps >= report_at[0]:
                    report_at.pop(0)
                    task.on_point(model.num_timesteps, policy, _losses(model))

            _on_training_end = _on_rollout_start

            def _on_step(self) -> bool:
                return True

        model.learn(training.windows, callback=Curve())
    return policy


def train_offline(task: Task) -> SACPolicy:
    """Train on the task's dataset alone: the same learner without a window of interaction.

    Its critic never sees what becomes of the actions that the actor comes to prefer.
    """
    training: OfflineTrainingConfig = task.training
    data = task.dataset
    steps, points = training.gradient_steps, training.curve_points
    report_at = {round(steps * (i + 1) / points) for i in range(points)}
    with contained_randomness():
        # One copy of the slice gives the model its spaces; it is never stepped.
        model, policy = _untrained(task, "offline_training", 1, training.learning_rate, 1)
        model.replay_buffer = replay_buffer(data, policy.scaler)
        for step in range(1, steps + 1):
            # As `learn` does by windows: what the step size goes by.
            model._update_current_progress_remaining(step - 1, steps)
            model.train(1, training.batch_windows(task.config.N_user))
            if step in report_at:
                task.on_point(step, policy, _losses(model))
    return policy


def half_cosine(learning_rate: float) -> Callable[[float], float]:
    """Return the step size by what remains of the training, from 1 to 0: half a cosine."""
    return lambda remaining: learning_rate * (1 - math.cos(math.pi * remaining)) / 2


def _untrained(
    task: Task, kind: str, copies: int, learning_rate: float, buffer_size: int
) -> tuple[SAC, SACPolicy]:
    """Return a fresh model on copies of the task's slice, and the policy that decides with it.

    ``kind`` and the training's seed name the random streams of simulator and weights.
    """
    config, hyper = task.config, task.model
    name = (kind, task.training.seed)
    scaler = Scaler.fit(config, task.traffic.train)
    simulator = Simulator(
        config,
        TrafficGenerator(task.traffic.train),
        copies,
        outcomes="sampled",
        seed=seed_sequence(config.randomSeed, *name, "simulator"),
    )
    model = SAC(
        "MlpPolicy",
        SliceVecEnv(simulator, scaler),
        learning_rate=half_cosine(learning_rate),
        batch_size=hyper.batch_size,
        gamma=hyper.discount,
        # Learned from here on. From SB3's 1 it needs most of the run to fall to the size of
        # differences between rewards, and the policy stays random for as long.
        ent_coef=f"auto_{hyper.entropy_coefficient}",
        gradient_steps=hyper.gradient_steps,
        learning_starts=10 * hyper.batch_size,
        buffer_size=buffer_size,
        policy_kwargs={
            "net_arch": [hyper.hidden] * hyper.layers,
            "optimizer_kwargs": {"fused": True},
        },
        seed=integer_seed(config.randomSeed, *name, "weights"),
        device="cpu",
    )
    # Without one of its own a model makes a folder for its log.
    model.set_logger(Logger(None, []))
    return model, SACPolicy(model.policy.actor, scaler, view_of(config))


def _losses(model: SAC) -> dict[str, float]:
    """Return the means over the last gradient steps by name; nothing before the first."""
    names = ("actor_loss", "critic_loss", "ent_coef")
    values = model.logger.name_to_value
    return {name: float(values[f"train/{name}"]) for name in names if f"train/{name}" in values}
