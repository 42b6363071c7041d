"""Training of diffusion Q-learning on a fixed dataset."""

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor

from difsched.agents.dql.actions import ActionSpace
from difsched.agents.dql.agent import Batch, DQLAgent
from difsched.agents.dql.features import Standardizer
from difsched.agents.dql.policy import DQLPolicy
from difsched.config import ConfigManager, DQLConfig, EnvironmentConfig, OfflineTrainingConfig
from difsched.data.dataset import OfflineDataset
from difsched.data.random_data import collect_random
from difsched.errors import InputError
from difsched.utils.seeding import integer_seed

#: Called with the step, the policy at that step, and the losses by name.
OnPoint = Callable[[int, DQLPolicy, dict[str, float]], None]


def offline_training(
    env_config: EnvironmentConfig,
    training_config: OfflineTrainingConfig,
    *,
    dataset: OfflineDataset | None = None,
    model: DQLConfig | None = None,
    on_point: OnPoint | None = None,
) -> DQLPolicy:
    """Train a policy on a fixed dataset; the last one is returned, never the best.

    The same arguments give the same weights, bit for bit, on the same machine and number of
    threads. The policy that is returned has the moving average of the weights over the steps.

    Parameters
    ----------
    env_config : EnvironmentConfig
        The slice for which the policy decides.
    training_config : OfflineTrainingConfig
        Steps, batches, step size, seed; which model and dataset, unless they are given here.
    dataset : OfflineDataset, optional
        The data; when left out those at ``training_config.dataset``, and without a path there,
        windows with random reservations are collected.
    model : DQLConfig, optional
        Hyper-parameters; when left out those named ``training_config.model``.
    on_point : callable, optional
        Called ``training_config.curve_points`` times on the way, at the last step too.

    Raises
    ------
    InputError
        If the dataset does not fit the environment.
    FloatingPointError
        If a loss is no longer finite; the message names the step.
    """
    data = _check(dataset or _dataset(env_config, training_config), env_config)
    config = model or ConfigManager().load_model_config(training_config.model)
    if not isinstance(config, DQLConfig):
        raise InputError(f"model = {training_config.model!r}: must be of the family dql")
    return _Run(env_config, training_config, data, config).train(on_point)


def _dataset(env: EnvironmentConfig, training: OfflineTrainingConfig) -> OfflineDataset:
    if training.dataset is not None:
        return OfflineDataset.load(training.dataset)
    return collect_random(env, training.n_windows)


def _check(data: OfflineDataset, env: EnvironmentConfig) -> OfflineDataset:
    users = data.allocation.shape[1]
    if users != env.N_user:
        raise InputError(f"dataset has {users} users: must be N_user = {env.N_user}")
    most = int(data.allocation.sum(axis=1).max())
    if most > env.B:
        raise InputError(f"dataset grants {most} RBs: must be at most B = {env.B}")
    return data


class _Run:
    """One training: data in memory, networks, optimiser, averages."""

    def __init__(
        self,
        env: EnvironmentConfig,
        training: OfflineTrainingConfig,
        data: OfflineDataset,
        config: DQLConfig,
    ) -> None:
        self.training = training
        device = torch.device(training.device)
        name = ("offline_training", training.seed)
        self.generator = torch.Generator().manual_seed(
            integer_seed(env.randomSeed, *name, "batches")
        )
        weights = torch.Generator().manual_seed(integer_seed(env.randomSeed, *name, "weights"))
        self.noise_seed = integer_seed(env.randomSeed, *name, "decisions")

        observation = torch.as_tensor(data.observation)
        grants = torch.as_tensor(data.allocation, dtype=torch.float32)
        reward = torch.as_tensor(data.reward)
        standardizer = Standardizer.fit(observation)
        center, scale = float(grants.mean()), max(float(grants.std()), 1e-3)
        space = ActionSpace(env.B, center, scale, config.project)
        self.agent = DQLAgent(config, space, standardizer, env.N_user, weights).to(device)
        self.average = copy.deepcopy(self.agent).requires_grad_(False)

        self.features = standardizer(observation).to(device)
        self.action = space.encode(grants).to(device)
        # Rewards of mean 0 and sd 1: one step size then serves every configuration.
        self.reward = ((reward - reward.mean()) / reward.std().clamp(min=1e-6)).to(device)
        self.after = self.features
        if self.agent.value is not None:
            self.after = standardizer(torch.as_tensor(data.next_observation)).to(device)

        self.parameters: list[Tensor] = list(self.agent.parameters())
        self.averages: list[Tensor] = list(self.average.parameters())
        self.optimizer = torch.optim.Adam(self.parameters, lr=training.learning_rate, fused=True)

    def train(self, on_point: OnPoint | None) -> DQLPolicy:
        steps, points = self.training.gradient_steps, self.training.curve_points
        report_at = {round(steps * (i + 1) / points) for i in range(points)}
        for step in range(1, steps + 1):
            losses = self.update(step)
            if step in report_at or step == steps:
                values = {name: float(loss.detach()) for name, loss in losses.items()}
                if not all(map(math.isfinite, values.values())):
                    raise FloatingPointError(f"training diverged by step {step}: losses {values}")
                if on_point is not None and step in report_at:
                    on_point(step, self.policy(), values)
        return self.policy()

    def policy(self) -> DQLPolicy:
        """Return the averaged policy; its noise starts anew, so scoring it changes nothing."""
        return DQLPolicy(copy.deepcopy(self.average), self.noise_seed)

    def update(self, step: int) -> dict[str, Tensor]:
        """Take one gradient step on all losses at once; return them."""
        losses = self.losses(self.batch(), member=step % 2)
        weight = {"q": self.agent.config.eta}
        total = torch.stack([weight.get(name, 1.0) * loss for name, loss in losses.items()]).sum()
        half_cosine = (1 + math.cos(math.pi * (step - 1) / self.training.gradient_steps)) / 2
        for group in self.optimizer.param_groups:
            group["lr"] = self.training.learning_rate * half_cosine
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        self.optimizer.step()
        # The plain mean of the weights at first: the initial ones must not linger.
        rate = max(self.agent.config.target_rate, 1 / step)
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.parameters, rate)
        return losses

    def batch(self) -> Batch:
        size = (self.training.batch_size,)
        rows = torch.randint(len(self.reward), size, generator=self.generator)
        rows = rows.to(self.reward.device)
        return Batch(self.features[rows], self.action[rows], self.reward[rows], self.after[rows])

    def losses(self, batch: Batch, member: int) -> dict[str, Tensor]:
        agent = self.agent
        steps = agent.schedule.steps
        step = torch.randint(steps, batch.reward.shape, generator=self.generator)
        noise = torch.randn(batch.action.shape, generator=self.generator)
        losses: dict[str, Tensor] = {}
        if agent.critic is not None:
            losses["critic"] = agent.critic_loss(batch)
            if agent.value is not None:
                losses["value"] = agent.value_loss(batch, self.average)
            # The policy's loss passes through the critic and must not move it.
            agent.critic.requires_grad_(False)
        device = batch.reward.device
        losses["cloning"], losses["q"] = agent.policy_loss(
            batch, step.to(device), noise.to(device), member
        )
        if agent.critic is not None:
            agent.critic.requires_grad_(True)
        return losses
