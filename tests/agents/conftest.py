"""A small agent, and observations for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from difsched.agents import Agent
from difsched.agents.actions import ActionSpace
from difsched.agents.agent import make_agent as make
from difsched.agents.critic import Batch
from difsched.agents.features import Standardizer
from difsched.config import ConfigManager
from difsched.config.learner import LearnerConfig

USERS = 6
Make = Callable[..., Agent]


def observations(windows: int, users: int = USERS, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(windows, users, 4, generator=generator)
    return values * torch.tensor([150.0, 150.0, 0.5, 0.0]) + torch.tensor([0, 0, 0.1, 10.0])


def make_agent(name: str, seed: int = 0, users: int = USERS, **changes: Any) -> Agent:
    loaded: LearnerConfig = ConfigManager().load_model_config(name)
    config = replace(loaded, **{"hidden": 16, **changes})
    space = ActionSpace(budget=60, center=10.0, scale=8.0, project=config.project)
    standardizer = Standardizer.fit(observations(500))
    generator = torch.Generator().manual_seed(seed)
    return make(config, space, standardizer, users, generator)


def make_batch(of: Agent, windows: int = 32) -> Batch:
    generator = torch.Generator().manual_seed(2)
    features = of.standardizer(observations(windows))
    parts = USERS if getattr(of.config, "credit", "window") == "user" else 1
    return Batch(
        features,
        torch.randn(windows, USERS, generator=generator),
        torch.randn(windows, parts, generator=generator),
        features.flip(0),
    )


@pytest.fixture
def noise() -> torch.Generator:
    return torch.Generator().manual_seed(3)
