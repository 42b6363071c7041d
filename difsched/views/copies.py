"""Copies of a problem side by side, episode by episode, as Gymnasium's environments show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import NDArray

from difsched.config.base import check_int
from difsched.family import Configuration, Simulator, family_of
from difsched.utils.seeding import seed_sequence

#: Name of the environments' random stream.
STREAM = "environment"
#: What is told of W windows beside the reward, by name: (W, ...) each.
Info = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Window:
    """A window that has passed in W copies.

    Attributes
    ----------
    observation : (W, N, F) ndarray of float32
        What is seen before the next one.
    reward : (W,) ndarray of float
    truncated : bool
        Whether it was the last of the episode, in all copies.
    info : dict
    """

    observation: NDArray[np.float32]
    reward: NDArray[np.float64]
    truncated: bool
    info: Info


class Copies(Protocol):
    """W copies of a configuration, which start and end their episodes together.

    Attributes
    ----------
    config : configuration
    number : int
        Copies W.
    observation_space, action_space : Box
        Of one copy.
    """

    config: Any
    number: int
    observation_space: Any
    action_space: Any

    def start(self, seed: np.random.SeedSequence | None = None) -> tuple[NDArray[np.float32], Info]:
        """Start an episode: what is seen first, and `Window.info`, all zero.

        With a seed the streams start anew from it; without, they go on.
        """
        ...

    def step(self, action: NDArray[Any]) -> Window:
        """Let the coming window pass with actions (W, ...), projected where they must be.

        Raises
        ------
        InputError
            If the actions have another shape, or are no finite numbers.
        """
        ...


def spaces(config: Configuration) -> tuple[Any, Any]:
    """Return the observation and the action space of one copy of a configuration.

    Observations are in the family's bounds, and any numbers where it gives none; actions in the box
    of its action set.
    """
    family = family_of(config)
    if family.bounds is not None:
        low, high = family.bounds(config)
    else:
        seed = seed_sequence(config.randomSeed, STREAM)
        seen = family.simulator(config, "train", 1, "sampled", seed).observe()
        low, high = (np.full(seen.shape[1:], end) for end in (-np.inf, np.inf))
    actions = family.actions(config)
    shape = actions.shape(family.entities(config))
    return (
        Box(low.astype(np.float32), high.astype(np.float32), dtype=np.float32),
        Box(actions.low, actions.high, shape, np.float32),
    )


class FamilyCopies:
    """Copies of a configuration of any family; see `Copies`.

    ``info`` has ``action``, what was done once the action set had projected what was asked for,
    ``outcomes`` (N, K) of the entities, and the family's metrics of the window.

    Parameters
    ----------
    config : configuration
    number : int
        Copies W, >= 1.
    outcomes : {"sampled", "expected"}
        Whether outcomes are drawn, or their means in closed form.
    split : {"train", "test"}
        Where windows come from.

    Raises
    ------
    InputError
        If there are no copies, or no such family.
    """

    def __init__(
        self,
        config: Configuration,
        number: int = 1,
        outcomes: str = "sampled",
        split: str = "train",
    ) -> None:
        self.config, self.family = config, family_of(config)
        self.number = check_int("num_envs", number, 1)
        self.observation_space, self.action_space = spaces(config)
        self._kind = split, outcomes
        self._actions = self.family.actions(config)
        self._length = self.family.episode(config)
        self._nothing = self._zeros()
        self._simulator = self._fresh(number, seed_sequence(config.randomSeed, STREAM))
        self._seen = self._simulator.observe()
        self._passed = 0

    def _fresh(self, copies: int, seed: np.random.SeedSequence) -> Simulator:
        split, outcomes = self._kind
        return self.family.simulator(self.config, split, copies, outcomes, seed)

    def _zeros(self) -> Info:
        """Return what a window of a copy of its own tells, as zeros for every copy."""
        simulator = self._fresh(1, seed_sequence(self.config.randomSeed, STREAM))
        least = np.full((1, *self.action_space.shape), self._actions.low)
        told = self._told(simulator, self._actions.check(least, simulator.observe()))[1]
        return {
            name: np.zeros((self.number, *values.shape[1:]), values.dtype)
            for name, values in told.items()
        }

    def _told(self, simulator: Simulator, action: NDArray[Any]) -> tuple[Any, Info]:
        """Return what a step gives, and what ``info`` tells of it."""
        step = simulator.step(action)
        told: Mapping[str, Any] = {"action": action, "outcomes": step.outcomes, **step.metrics}
        return step, {name: np.asarray(values) for name, values in told.items()}

    def start(self, seed: np.random.SeedSequence | None = None) -> tuple[NDArray[np.float32], Info]:
        """Start an episode; see `Copies.start`."""
        self._passed = 0
        if seed is None:
            self._seen = self._simulator.reset()
        else:
            self._simulator = self._fresh(self.number, seed)
            self._seen = self._simulator.observe()
        zeros = {name: values.copy() for name, values in self._nothing.items()}
        return self._seen.astype(np.float32), zeros

    def step(self, action: NDArray[Any]) -> Window:
        """Let the coming window pass; see `Copies.step`."""
        step, info = self._told(self._simulator, self._actions.check(action, self._seen))
        self._passed += 1
        self._seen = step.observation
        truncated = step.truncated or self._passed >= self._length
        return Window(self._seen.astype(np.float32), step.reward, truncated, info)
