"""A trained agent as a scheduler, and its file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from difsched.agents.actors.features import Standardizer
from difsched.agents.agent import Agent, make_agent
from difsched.agents.noise import window_noise
from difsched.agents.problem import Problem
from difsched.config.base import check_choice
from difsched.config.learner import LearnerConfig
from difsched.config.manager import algorithms
from difsched.errors import InputError, naming
from difsched.family import Configuration, family_of
from difsched.utils.tensors import ROWS, load_tensors, save_tensors

#: Entities that go through the networks at once, over all windows and candidates: their activations
#: stay in the processor's cache.
ENTITIES_AT_ONCE = 1 << 13


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

    def act(self, observation: NDArray[Any]) -> NDArray[Any]:
        """Return actions for observations (W, N, F); see `Policy.act`."""
        rows = np.ascontiguousarray(observation, dtype=np.float32)
        seen = torch.as_tensor(rows, device=self.agent.standardizer.mean.device)
        entities = seen.shape[1]
        windows = max(1, ENTITIES_AT_ONCE // (entities * self.agent.proposals))
        space = self.agent.space
        with torch.inference_mode():
            actions = torch.cat([self._actions(part) for part in seen.split(windows)])
            raw = space.decode(actions, entities).cpu().numpy()
        return space.actions.check(raw, observation)

    def _actions(self, seen: Tensor) -> Tensor:
        """Return actions (W, M, A) for windows (W, N, F)."""
        state, noise = self.agent.standardizer.state(seen), self._noise(seen)
        return self.agent.choose(state, noise, ROWS[self.agent.config.network])

    def _noise(self, seen: Tensor) -> Tensor:
        """Return the standard normal numbers (W, draws, M, A) of windows (W, N, F)."""
        space = self.agent.space
        shape = (self.agent.draws, space.rows(seen.shape[1]), space.width)
        noise = window_noise(seen.cpu().numpy(), shape, self.seed)
        return noise.to(seen.device)

    def decide_with(self, **settings: Any) -> "OfflinePolicy":
        """Return a policy with the same weights and noise, and other settings of its decisions.

        Raises
        ------
        InputError
            As `Agent.deciding`.
        """
        return OfflinePolicy(self.agent.deciding(settings), self.seed)

    def at_size(self, config: Configuration) -> "OfflinePolicy":
        """Return a policy with the same weights and noise, in another configuration of the family.

        Networks equivariant to the order of entities serve any number of them and any budget; see
        `Agent.serving`.

        Raises
        ------
        InputError
            If the observations mean something else there, or the networks see all entities in a
            row and there are others.
        """
        problem = self.agent.problem.for_config(config, len(self.agent.standardizer.mean))
        return OfflinePolicy(self.agent.serving(problem), self.seed)

    def save(self, path: str | Path) -> None:
        """Write the agent; see :func:`save_agent`."""
        save_agent(self.agent, path)

    @property
    def parameters(self) -> int:
        """Return the number of weights with which it decides."""
        return sum(weight.numel() for weight in self.agent.parameters())


def save_agent(agent: Agent, path: str | Path) -> None:
    """Write an agent's weights and configuration as safetensors, atomically."""
    learner = {"learner": agent.config.algorithm, "config": agent.config.to_dict()}
    save_tensors(path, agent.state_dict(), {**learner, **agent.problem.to_dict()})


def load_agent(path: str | Path, config: Configuration) -> Agent:
    """Read an agent that :func:`save_agent` wrote, to decide in a configuration.

    Networks equivariant to the order of entities serve another number of them and another set of
    actions than they were trained with; see `Agent.serving`.

    Raises
    ------
    InputError
        If the file is missing or damaged, or its weights do not fit its settings; if it was trained
        in another family or on other observations, or its networks serve one number of entities.
    """
    return read_agent(path, *load_tensors(path), config)


def read_agent(
    path: str | Path,
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    config: Configuration,
) -> Agent:
    """Return the agent of a file's tensors and settings; raises as :func:`load_agent`."""
    with _reading(path):
        learner = check_choice("learner", settings.get("learner"), _learners())
        hyper = _learners()[learner].from_dict(settings["config"])
        problem = Problem.from_dict(settings, config)
        _check(hyper, problem.entities, tensors)
        moments = (tensors["standardizer.mean"], tensors["standardizer.sd"])
        standardizer = Standardizer(*moments, family_of(config).weight)
        agent = make_agent(hyper, problem, standardizer, torch.Generator())
        agent.load_state_dict(tensors)
    with naming(path):
        return OfflinePolicy(agent).at_size(config).agent


@contextmanager
def _reading(path: str | Path) -> Iterator[None]:
    """Say in one line that a file is no agent, whatever fails in the block."""
    try:
        yield
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as an agent: {reason}") from None


def _learners() -> dict[str, type[LearnerConfig]]:
    """Return algorithm -> hyper-parameters, of all that make an `Agent`."""
    return {name: kind for name, kind in algorithms().items() if issubclass(kind, LearnerConfig)}


def _check(config: LearnerConfig, entities: int, tensors: Mapping[str, Tensor]) -> None:
    """Raise InputError unless tensors are weights, as many as the configuration asks for."""
    width = entities if config.network == "mlp" else 1
    least = config.members * config.hidden * (width + (config.layers - 1) * config.hidden)
    held = sum(value.numel() for value in tensors.values())
    if least > held:
        raise InputError(f"its configuration has {least} weights or more, the file {held}")
    for name, value in tensors.items():
        if value.dtype != torch.float32 or not value.isfinite().all():
            raise InputError(f"{name} of {value.dtype}: must be finite numbers of torch.float32")
