"""A small agent, and observations for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from difsched.agents import Agent
from difsched.agents.actors.features import Standardizer
from difsched.agents.agent import make_agent as make
from difsched.agents.critic import Batch
from difsched.agents.outcomes import OutcomeScale
from difsched.agents.problem import Problem
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.config.learner import CriticConfig, LearnerConfig
from difsched.family import FAMILIES

USERS = 6
Make = Callable[..., Agent]


def slice_of(users: int = USERS) -> EnvironmentConfig:
    return EnvironmentConfig(N_user=users, B=60)


def observations(windows: int, users: int = USERS, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(windows, users, 4, generator=generator)
    return values * torch.tensor([150.0, 150.0, 0.5, 0.0]) + torch.tensor([0, 0, 0.1, 10.0])


def make_agent(name: str, seed: int = 0, users: int = USERS, **changes: Any) -> Agent:
    loaded: LearnerConfig = ConfigManager().load_model_config(name)
    config = replace(loaded, **{"hidden": 16, **changes})
    units = {"center": 10.0, "scale": 8.0, "project": config.project}
    problem = Problem.of(slice_of(users), users, units, OutcomeScale([0.0], [1.0], 0.0, 1.0))
    standardizer = Standardizer.fit(observations(500), FAMILIES["slice"].weight)
    return make(config, problem, standardizer, torch.Generator().manual_seed(seed))


def make_batch(of: Agent, windows: int = 32) -> Batch:
    generator = torch.Generator().manual_seed(2)
    state = of.standardizer.state(observations(windows))
    by_user = isinstance(of.config, CriticConfig) and of.config.credit == "user"
    return Batch(
        state,
        torch.randn(windows, USERS, 1, generator=generator),
        torch.randn(windows, USERS if by_user else 1, 1, generator=generator),
        state.map(lambda part: part.flip(0)),
        torch.randn(windows, USERS, 1, generator=generator),
    )


@pytest.fixture
def noise() -> torch.Generator:
    return torch.Generator().manual_seed(3)
