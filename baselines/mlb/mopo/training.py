"""Training of MOPO: the ensemble, then soft actor-critic in the network that it imagines."""

import torch

from difsched.baselines.method import Task
from difsched.baselines.mlb.mopo.ensemble import EnsembleConfig, fit_ensemble
from difsched.baselines.mlb.mopo.imagined import ImaginedNetwork
from difsched.baselines.sac.training import train_in
from difsched.baselines.sb3.environment import FlatVecEnv
from difsched.baselines.sb3.policy import ActorPolicy
from difsched.baselines.sb3.problem import FlatProblem
from difsched.utils.seeding import integer_seed


def train(task: Task, config: EnsembleConfig | None = None) -> ActorPolicy:
    """Return the policy of the task's dataset."""
    config, data = config or EnsembleConfig(), task.dataset
    seed = integer_seed(task.config.randomSeed, "mopo", task.training.seed)
    generator = torch.Generator().manual_seed(seed)
    ensemble = fit_ensemble(data, config, generator)
    problem, copies = FlatProblem.of(task.config, task.traffic, data), task.model.n_envs
    imagined = ImaginedNetwork(ensemble, data, copies, generator)
    return train_in(FlatVecEnv(imagined, problem, copies, config.horizon), task)
