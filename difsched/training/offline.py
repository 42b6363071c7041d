"""Training of an offline agent on a fixed dataset."""

import copy
import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from difsched.agents.actors.features import Standardizer, State
from difsched.agents.agent import make_agent
from difsched.agents.critic import Batch
from difsched.agents.outcomes import OutcomeScale
from difsched.agents.policy import OfflinePolicy
from difsched.agents.problem import Problem
from difsched.config import ConfigManager, OfflineTrainingConfig
from difsched.config.learner import CriticConfig, LearnerConfig
from difsched.data.transitions import Transitions
from difsched.errors import InputError
from difsched.family import Combine, Configuration, family_of, mean_outcome
from difsched.training.checkpoint import load_checkpoint, save_checkpoint
from difsched.utils.annealing import half_cosine
from difsched.utils.seeding import integer_seed

#: Called with the step, the policy at that step, and the losses by name.
OnPoint = Callable[[int, OfflinePolicy, dict[str, float]], None]
#: Least unit of actions and of outcomes: data in which nothing differs.
LEAST_SCALE, LEAST_OUTCOME_SCALE = 1e-3, 1e-6


def offline_training(
    env_config: Configuration,
    training_config: OfflineTrainingConfig,
    *,
    dataset: Transitions | None = None,
    model: LearnerConfig | None = None,
    on_point: OnPoint | None = None,
    checkpoint: str | Path | None = None,
) -> OfflinePolicy:
    """Train a policy on a fixed dataset; the last one is returned, never the best.

    The same arguments give the same weights, bit for bit, on the same machine and number of
    threads. The policy that is returned has the moving average of the weights over the steps.

    Parameters
    ----------
    env_config : configuration
        The problem for which the policy decides.
    training_config : OfflineTrainingConfig
        Steps, batches, step size, seed; which model and dataset, unless they are given here.
    dataset : Transitions, optional
        The data; when left out those at ``training_config.dataset``, and without a path there,
        windows with random actions are collected.
    model : LearnerConfig, optional
        Hyper-parameters; when left out those named ``training_config.model``.
    on_point : callable, optional
        Called ``training_config.curve_points`` times on the way, at the last step too.
    checkpoint : str or Path, optional
        A safetensors file. When it exists the training goes on from it, to the same weights bit
        for bit as without the interruption; it is renewed at each point of the curve.

    Raises
    ------
    InputError
        If the dataset does not fit the environment, or the checkpoint this training.
    FloatingPointError
        If a loss is no longer finite; the message names the step and the last checkpoint. None is
        written from then on.
    """
    data = dataset or _dataset(env_config, training_config)
    data.check(env_config)
    config = model or ConfigManager().load_model_config(training_config.model)
    if not isinstance(config, LearnerConfig):
        raise InputError(f"model = {training_config.model!r}: must be of a learner of offline data")
    training = Training(env_config, training_config, data, config)
    return training.run(on_point, None if checkpoint is None else Path(checkpoint))


def _dataset(env: Configuration, training: OfflineTrainingConfig) -> Transitions:
    family = family_of(env)
    if training.dataset is not None:
        return family.dataset.load(training.dataset)
    return family.collect(family, env, training.n_windows)


def decision_seed(env: Configuration, seed: int) -> int:
    """Return the seed of the noise with which the policy of a training decides.

    An `OfflinePolicy` of the saved weights and this seed decides as the one that was trained.

    Parameters
    ----------
    env : configuration
        The problem of the training.
    seed : int
        Seed of the training.
    """
    return _stream_seed(env, seed, "decisions")


def _stream_seed(env: Configuration, seed: int, stream: str) -> int:
    return integer_seed(env.randomSeed, "offline_training", seed, stream)


class Training:
    """One training: data in memory, networks, optimiser, averages.

    Parameters
    ----------
    env : configuration
    training : OfflineTrainingConfig
    data : Transitions
        Of that problem.
    config : LearnerConfig
    """

    def __init__(
        self,
        env: Configuration,
        training: OfflineTrainingConfig,
        data: Transitions,
        config: LearnerConfig,
    ) -> None:
        self.training, family = training, family_of(env)
        if isinstance(config, CriticConfig):
            config = config.changed({"discount": family.discounted(config.discount, env)})
        device = torch.device(training.device)

        def generator(stream: str) -> torch.Generator:
            return torch.Generator().manual_seed(_stream_seed(env, training.seed, stream))

        self.generator, weights = generator("batches"), generator("weights")
        self.noise_seed = decision_seed(env, training.seed)

        observation = torch.as_tensor(data.observation)
        action = torch.as_tensor(data.action, dtype=torch.float32)
        shape = family.actions(env).shape(observation.shape[1])
        if action.shape[1:] != shape:
            found = tuple(action.shape[1:])
            raise InputError(f"dataset's actions have shape {found}: must be {shape}")
        standardizer = Standardizer.fit(observation, family.weight)
        units = {
            "center": float(action.mean()),
            "scale": max(float(action.std()), LEAST_SCALE),
            "project": config.project,
        }
        problem = Problem.of(env, observation.shape[1], units, _scale(data, family.combine(env)))
        self.agent = make_agent(config, problem, standardizer, weights).to(device)
        self.average = copy.deepcopy(self.agent).requires_grad_(False)

        def state(seen: Tensor) -> State:
            return standardizer.state(seen).map(lambda part: part.to(device))

        self.state = self.after = state(observation)
        self.action = self.next_action = problem.space.encode(action).to(device)
        self.outcomes = _standard_outcomes(data, config, problem).to(device)
        if isinstance(config, CriticConfig) and config.discount:
            self.after = state(torch.as_tensor(data.next_observation))
            self.next_action = self.action.roll(-1, dims=0)
            self.next_action[torch.as_tensor(data.episode_end).to(device)] = math.nan

        self.columns = {
            name: torch.as_tensor(data.column(name)).to(device) for name in self.agent.columns
        }

        parameters = self.agent.parameters()
        self.optimizer = torch.optim.Adam(parameters, lr=training.learning_rate, fused=True)
        self.identity = {
            "environment": env.to_dict(),
            "training": training.to_dict(),
            "model": config.to_dict(),
            "data": _digest(self.state.features, self.action, self.outcomes),
        }

    def run(self, on_point: OnPoint | None, checkpoint: Path | None) -> OfflinePolicy:
        """Take the steps that are left; see :func:`offline_training`."""
        steps, points = self.training.gradient_steps, self.training.curve_points
        report_at = {round(steps * (i + 1) / points) for i in range(points)}
        done = 0
        if checkpoint is not None and checkpoint.exists():
            done = load_checkpoint(checkpoint, *self._state(), self.identity)
        for step in range(done + 1, steps + 1):
            losses = self.update(step)
            if not all(math.isfinite(loss) for loss in losses.values()):
                raise FloatingPointError(_divergence(step, losses, checkpoint))
            if step not in report_at:
                continue
            if checkpoint is not None:
                save_checkpoint(checkpoint, step, *self._state(), self.identity)
            if on_point is not None:
                on_point(step, self.policy(), losses)
        return self.policy()

    def _state(self) -> tuple[dict[str, nn.Module], torch.optim.Optimizer, torch.Generator]:
        modules: dict[str, nn.Module] = {"agent": self.agent, "average": self.average}
        return modules, self.optimizer, self.generator

    def policy(self) -> OfflinePolicy:
        """Return the policy so far, a copy."""
        decider = self.agent.decider(self.average)
        return OfflinePolicy(copy.deepcopy(decider).requires_grad_(False), self.noise_seed)

    def update(self, step: int) -> dict[str, float]:
        """Take one gradient step on the algorithm's loss; return its parts by name."""
        total, losses = self.agent.loss(self.batch(), self.average, step, self.generator)
        rate = self.training.learning_rate * half_cosine(step - 1, self.training.gradient_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        self.optimizer.step()
        self.average.follow(self.agent, step)
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def batch(self) -> Batch:
        """Return a minibatch, drawn with replacement."""
        size = (self.training.batch_windows(self.state.entities),)
        rows = torch.randint(len(self.action), size, generator=self.generator)
        rows = rows.to(self.action.device)
        state = self.state.map(lambda part: part[rows])
        after = state if self.after is self.state else self.after.map(lambda part: part[rows])
        columns = {name: column[rows] for name, column in self.columns.items()}
        actions = self.action[rows], self.next_action[rows]
        batch = Batch(state, actions[0], self.outcomes[rows], after, actions[1], columns)
        return _shuffle(batch, self.generator) if self.agent.config.symmetrise else batch


def _scale(data: Transitions, combine: Combine) -> OutcomeScale:
    """Return where outcomes and rewards of data stand: their means and standard deviations.

    One step size then serves every configuration. Outcomes whose mean is the reward have its scale,
    which makes the reward's own that of the value.
    """
    reward = torch.as_tensor(data.reward)
    mean, sd = float(reward.mean()), float(reward.std().clamp(min=LEAST_OUTCOME_SCALE))
    if combine is mean_outcome:
        return OutcomeScale([mean], [sd], mean, sd)
    outcomes = torch.as_tensor(data.outcomes).flatten(0, 1)
    unit = outcomes.std(dim=0).clamp(min=LEAST_OUTCOME_SCALE)
    return OutcomeScale(outcomes.mean(dim=0).tolist(), unit.tolist(), mean, sd)


def _standard_outcomes(data: Transitions, config: LearnerConfig, problem: Problem) -> Tensor:
    """Return what parts of a critic are fitted to, (W, P, K), in units of their scale."""
    scale = problem.outcomes.scale
    if isinstance(config, CriticConfig) and config.credit == "user":
        outcomes = torch.as_tensor(data.outcomes)
        center, unit = outcomes.new_tensor(scale.center), outcomes.new_tensor(scale.scale)
        return (outcomes - center) / unit
    reward = torch.as_tensor(data.reward).view(-1, 1, 1)
    return (reward - scale.reward_center) / scale.reward_scale


def _shuffle(batch: Batch, generator: torch.Generator) -> Batch:
    """Return the batch with the entities of each row in a random order."""
    rows, entities, _ = batch.state.features.shape
    order = torch.rand(rows, entities, generator=generator).argsort(dim=1).to(batch.action.device)

    def mixed(part: Tensor) -> Tensor:
        if part.shape[1] != entities:  # what is one for the whole
            return part
        return part.gather(1, order.unsqueeze(-1).expand(-1, -1, part.shape[2]))

    return Batch(
        batch.state.map(mixed),
        mixed(batch.action),
        mixed(batch.outcomes),
        batch.next_state.map(mixed),
        mixed(batch.next_action),
        {name: mixed(column.unsqueeze(-1)).squeeze(-1) for name, column in batch.columns.items()},
    )


def _digest(*tensors: Tensor) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


def _divergence(step: int, losses: dict[str, Any], checkpoint: Path | None) -> str:
    shown = json.dumps({name: f"{value:.3g}" for name, value in losses.items()}, allow_nan=False)
    last = "no checkpoint was kept"
    if checkpoint is not None and checkpoint.exists():
        last = f"the last good checkpoint is {checkpoint}"
    return f"training diverged at step {step}: losses {shown}; {last}"
