"""What every scheduler is, learned or not, and those that follow a rule or chance."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from difsched.utils.seeding import window_seeds

if TYPE_CHECKING:
    from difsched.family import Simulator

#: From observations (W, N, F) and their configuration to actions (W, *shape).
Rule = Callable[[NDArray[Any], Any], NDArray[Any]]
#: The same by chance: from observations, a generator and the configuration.
Draw = Callable[[NDArray[Any], np.random.Generator, Any], NDArray[Any]]


class Policy(Protocol):
    """Decides on actions; evaluation, latency and plots know nothing else of a method."""

    def act(self, observation: NDArray[Any]) -> NDArray[Any]:
        """Return the actions for W windows at once.

        A decision has no memory: the same window gets the same action, alone or among others, in
        any order, at every call. What a decision leaves to chance follows from what is seen of the
        window. Only policies that collect data draw anew at every call.

        Parameters
        ----------
        observation : (W, N, F) ndarray of float
            What the scheduler sees of each entity before each window.

        Returns
        -------
        (W, *shape) ndarray
            Of the family's action set (`ActionSet.shape`); of the slice RBs a slot (W, N), whole
            numbers that spend the budget.
        """
        ...


@runtime_checkable
class Clairvoyant(Policy, Protocol):
    """An oracle that is shown the future: what no policy can know, and a bound on what it can do.

    Unlike other policies it remembers: after `foresee` its `act` is called once for every window,
    in their order, with the observations of the first copies, of all or of fewer.
    """

    def foresee(self, simulator: "Simulator") -> None:
        """Look at all that is going to happen in the coming episodes, and plan them.

        `evaluate` calls it before the first window; nothing else does.

        Parameters
        ----------
        simulator : Simulator
            Of the family, before the first window; only read.
        """
        ...


@runtime_checkable
class Bound(Policy, Protocol):
    """What no policy can beat, proven without one that gets there: it decides nothing."""

    def losses(self, simulator: "Simulator") -> NDArray[np.float64]:
        """Return the least cost (W, T) that any policy can have in the coming episodes.

        Parameters
        ----------
        simulator : Simulator
            Of the family, before the first window; only read.
        """
        ...


@dataclass(frozen=True)
class RulePolicy:
    """Follows a rule.

    Attributes
    ----------
    config : configuration
        Of any family.
    rule : callable
        From observations (W, N, F) and the configuration to actions.
    """

    config: Any
    rule: Rule

    def act(self, observation: NDArray[Any]) -> NDArray[Any]:
        """Return the rule's actions; see `Policy.act`."""
        return self.rule(observation, self.config)


@dataclass(frozen=True)
class RandomPolicy:
    """Acts at random; the same window gets the same action, alone or among others.

    Attributes
    ----------
    config : configuration
        Of any family.
    draw : callable
        From observations (W, N, F), a generator and the configuration to actions.
    key : int
        Of the draws, >= 0.
    """

    config: Any
    draw: Draw
    key: int

    def act(self, observation: NDArray[Any]) -> NDArray[Any]:
        """Return random actions, each window's from its own seed; see `Policy.act`."""
        seeds = window_seeds(observation, self.key)
        windows = range(len(seeds))
        rows = [
            self.draw(observation[i : i + 1], np.random.default_rng(seeds[i]), self.config)
            for i in windows
        ]
        return np.concatenate(rows)


@dataclass(frozen=True)
class RandomBehaviour:
    """Acts at random, anew at every call: a policy that collects data.

    Attributes
    ----------
    config : configuration
        Of any family.
    draw : callable
        As in `RandomPolicy`.
    generator : numpy.random.Generator
        Where all is drawn from.
    """

    config: Any
    draw: Draw
    generator: np.random.Generator

    def act(self, observation: NDArray[Any]) -> NDArray[Any]:
        """Return random actions for observations (W, N, F)."""
        return self.draw(observation, self.generator, self.config)
