"""A trained agent as a scheduler, and its file."""

import copy
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from difsched.agents.actions import ActionSpace
from difsched.agents.agent import Agent, make_agent
from difsched.agents.features import Standardizer
from difsched.config import EnvironmentConfig
from difsched.config.base import check_choice, check_int, check_mapping
from difsched.config.learner import LearnerConfig
from difsched.config.manager import algorithms
from difsched.env.slice.allocation import scale_to_budget
from difsched.env.slice.view import check_view
from difsched.errors import InputError
from difsched.utils.seeding import window_seeds
from difsched.utils.tensors import ROWS, load_tensors, save_tensors

#: Users that go through the networks at once, over all windows and candidates: their activations
#: stay in the processor's cache.
USERS_AT_ONCE = 1 << 13


class OfflinePolicy:
    """Decides with a trained agent.

    Parameters
    ----------
    agent : Agent
        The agent; only read.
    seed : int
        Key of the noise from which actions are denoised: a window's own, given by this key and
        what is seen of the window. So a policy has no memory, and the same window always gets the
        same grants.
    """

    def __init__(self, agent: Agent, seed: int = 0) -> None:
        self.agent = agent
        self.seed = seed

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return grants (W, N) in whole RBs for observations (W, N, F); see `Policy.act`."""
        rows = np.ascontiguousarray(observation, dtype=np.float32)
        seen = torch.as_tensor(rows, device=self.agent.standardizer.mean.device)
        users = seen.shape[1] * self.agent.candidates
        windows = max(1, USERS_AT_ONCE // users)
        with torch.inference_mode():
            actions = torch.cat([self._actions(part) for part in seen.split(windows)])
            grants = self.agent.space.decode(actions).clamp(min=0).cpu().numpy()
        return scale_to_budget(grants, self.agent.space.budget)

    def _actions(self, seen: Tensor) -> Tensor:
        """Return actions (W, N) for windows (W, N, F)."""
        rows, candidates = ROWS[self.agent.config.network], self.agent.candidates
        missing = -len(seen) % (rows // math.gcd(rows, candidates))
        features, noise = self.agent.standardizer(seen), self._noise(seen)
        chosen = self.agent.choose(_lengthen(features, missing), _lengthen(noise, missing))
        return chosen[: len(seen)]

    def _noise(self, seen: Tensor) -> Tensor:
        """Return the standard normal numbers (W, draws, N) of windows (W, N, F)."""
        windows, users, _ = seen.shape
        noise = torch.empty(windows, self.agent.draws, users)
        if self.agent.draws:
            generator = torch.Generator()
            seeds = window_seeds(seen.cpu().numpy(), self.seed)
            for rows, seed in zip(noise, seeds, strict=True):
                rows.normal_(generator=generator.manual_seed(seed))
        return noise.to(seen.device)

    def decide_with(self, **settings: Any) -> "OfflinePolicy":
        """Return a policy with the same weights and noise, and other settings of its decisions.

        Raises
        ------
        InputError
            If a setting is unknown or its value is not allowed.
        """
        agent = copy.copy(self.agent)
        agent.config = agent.config.changed(settings)
        return OfflinePolicy(agent, self.seed)

    def for_slice(self, config: EnvironmentConfig) -> "OfflinePolicy":
        """Return a policy with the same weights and noise that decides in a slice.

        Networks equivariant to the users' order serve another number of users and another budget;
        see `Agent.resized`.

        Raises
        ------
        InputError
            If it was trained on other observations, or its networks serve one number of users.
        """
        check_view(len(self.agent.standardizer.mean), self.agent.view, config)
        return OfflinePolicy(self.agent.resized(config.N_user, config.B), self.seed)

    def save(self, path: str | Path) -> None:
        """Write the agent; see :func:`save_agent`."""
        save_agent(self.agent, path)

    @property
    def parameters(self) -> int:
        """Return the number of weights with which it decides."""
        return sum(weight.numel() for weight in self.agent.parameters())


def _lengthen(rows: Tensor, missing: int) -> Tensor:
    """Return rows (W, ...) with the last repeated as often as said."""
    return torch.cat([rows, rows[-1:].expand(missing, -1, -1)]) if missing else rows


def save_agent(agent: Agent, path: str | Path) -> None:
    """Write an agent's weights and configuration as safetensors, atomically."""
    settings = {
        "learner": agent.config.algorithm,
        "config": agent.config.to_dict(),
        "space": agent.space.to_dict(),
        "users": agent.users,
    }
    if agent.view:
        settings["view"] = agent.view
    save_tensors(path, agent.state_dict(), settings)


def load_agent(path: str | Path) -> Agent:
    """Read an agent that :func:`save_agent` wrote.

    Raises
    ------
    InputError
        If the file is missing or damaged, or its weights do not fit its configuration.
    """
    return read_agent(path, *load_tensors(path))


def read_agent(
    path: str | Path, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]
) -> Agent:
    """Return the agent of a file's tensors and settings; raises as :func:`load_agent`."""
    try:
        learner = check_choice("learner", settings.get("learner"), _learners())
        config = _learners()[learner].from_dict(settings["config"])
        space = ActionSpace.from_dict(settings["space"])
        users = check_int("users", settings["users"], 1)
        _check(config, users, tensors)
        standardizer = Standardizer(tensors["standardizer.mean"], tensors["standardizer.sd"])
        view = check_mapping("view", settings.get("view", {}))
        agent = make_agent(config, space, standardizer, users, torch.Generator(), view)
        agent.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as an agent: {reason}") from None
    return agent


def _learners() -> dict[str, type[LearnerConfig]]:
    """Return algorithm -> hyper-parameters, of all that make an `Agent`."""
    return {name: kind for name, kind in algorithms().items() if issubclass(kind, LearnerConfig)}


def _check(config: LearnerConfig, users: int, tensors: Mapping[str, Tensor]) -> None:
    """Raise InputError unless tensors are weights, as many as the configuration asks for."""
    width = users if config.network == "mlp" else 1
    least = config.members * config.hidden * (width + (config.layers - 1) * config.hidden)
    held = sum(value.numel() for value in tensors.values())
    if least > held:
        raise InputError(f"its configuration has {least} weights or more, the file {held}")
    for name, value in tensors.items():
        if value.dtype != torch.float32 or not value.isfinite().all():
            raise InputError(f"{name} of {value.dtype}: must be finite numbers of torch.float32")
