"""Training of deep Q-networks by interaction, and their weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from stable_baselines3 import DQN
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.dqn.policies import QNetwork
from torch import Tensor

from difsched.baselines.dqn.networks import DuelingPolicy, DuelingQNetwork
from difsched.baselines.dqn.replay import PrioritisedReplay
from difsched.baselines.dqn.rewards import REWARDS
from difsched.baselines.dqn.templates import TemplateProblem
from difsched.baselines.method import Task
from difsched.baselines.sb3 import policy as library
from difsched.baselines.sb3.policy import ActorPolicy, contained_randomness
from difsched.baselines.sb3.training import (
    ONLINE,
    Curve,
    environment,
    shared_settings,
    without_log,
)
from difsched.config.models.dqn import DQNConfig
from difsched.family import Configuration

LOSSES = {"loss": "loss"}
#: Least correction of prioritised draws, at the start; it grows to 1 (Schaul et al. 2016, 3.4).
CORRECTION = 0.4


class QLearning(DQN):
    """The library's DQN with double Q-learning and importance weights, where set.

    Attributes
    ----------
    double : bool
        Whether the network itself chooses the next action that its target judges.
    """

    double = False

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Take gradient steps on the Huber loss of y - Q(s, a).

        y = r + gamma Q'(s', argmax_a Q(s', a)) (van Hasselt et al. 2016, eq. 4) with ``double``,
        else r + gamma max_a Q'(s', a) (Mnih et al. 2015, eq. 1).
        """
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        losses = [self._step(batch_size) for _ in range(gradient_steps)]
        self._n_updates += gradient_steps
        self.logger.record("train/loss", sum(losses) / len(losses))

    def _step(self, batch_size: int) -> float:
        replay = self.replay_buffer
        assert replay is not None
        batch = replay.sample(batch_size)
        with torch.no_grad():
            judged = self.q_net_target(batch.next_observations)
            chooser = self.q_net(batch.next_observations) if self.double else judged
            after = judged.gather(1, chooser.argmax(dim=1, keepdim=True))
            goal = batch.rewards + (1 - batch.dones) * self.gamma * after
        error = goal - self.q_net(batch.observations).gather(1, batch.actions.long())
        losses = torch.nn.functional.smooth_l1_loss(
            error, torch.zeros_like(error), reduction="none"
        )
        if isinstance(replay, PrioritisedReplay):
            passed = 1 - self._current_progress_remaining
            losses = losses * replay.weights(CORRECTION + (1 - CORRECTION) * passed)
            replay.renew(error)
        loss = losses.mean()
        self.policy.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
        self.policy.optimizer.step()
        return float(loss.detach())


def train(task: Task) -> ActorPolicy:
    """Train by interaction on the training split, sampled outcomes."""
    hyper: DQNConfig = task.model
    problem = TemplateProblem.of(task.config, task.traffic)
    replay: dict[str, Any] = {}
    if hyper.prioritised:
        replay = {
            "replay_buffer_class": PrioritisedReplay,
            "replay_buffer_kwargs": {"exponent": hyper.priority_exponent},
        }
    copies = environment(task, problem, ONLINE, hyper.n_envs)
    copies.rewards = REWARDS[hyper.reward]()
    shared = shared_settings(task, ONLINE, hyper.learning_rate)
    if hyper.reward != "window":
        # These rewards depend on the windows before, even where the windows do not.
        shared["gamma"] = hyper.discount
    with contained_randomness():
        model = QLearning(
            DuelingPolicy if hyper.dueling else "MlpPolicy",
            copies,
            batch_size=hyper.batch_size,
            buffer_size=task.training.windows,
            learning_starts=10 * hyper.batch_size,
            train_freq=1,
            gradient_steps=hyper.gradient_steps,
            target_update_interval=hyper.target_interval,
            exploration_fraction=hyper.exploration_fraction,
            exploration_final_eps=hyper.exploration_final,
            **replay,
            **shared,
        )
        model.double = hyper.double
        without_log(model)
        policy = ActorPolicy("dqn_dueling" if hyper.dueling else "dqn", model.q_net, problem)
        model.learn(task.training.windows, callback=Curve(task, policy, LOSSES))
    return policy


def _network(kind: type[QNetwork]) -> Any:
    """Return what makes networks of spaces and hidden layers, as `library.ACTORS`."""

    def make(seen: Any, actions: Any, rate: Any, net_arch: list[int]) -> QNetwork:
        extractor = FlattenExtractor(seen)
        return kind(seen, actions, extractor, extractor.features_dim, net_arch)

    return make


ACTORS = {"dqn": _network(QNetwork), "dqn_dueling": _network(DuelingQNetwork)}


def read_policy(
    path: str | Path,
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    config: Configuration,
) -> ActorPolicy:
    """Return the policy of a file's tensors and settings; see `library.read_policy`."""
    return library.read_policy(path, tensors, settings, config, ACTORS, TemplateProblem)
