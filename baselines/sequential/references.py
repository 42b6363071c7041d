"""What a score of 100 stands for: the certified bound of an episode; and a plan that comes near."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from difsched.baselines.method import Method
from difsched.baselines.slice.deadlines.bound import bound
from difsched.baselines.slice.deadlines.episode import Episode
from difsched.baselines.slice.deadlines.plan import solve
from difsched.baselines.slice.deadlines.sampled import sampled_bound
from difsched.config import EnvironmentConfig
from difsched.env.sequential.family import SequentialWindows
from difsched.errors import InputError
from difsched.family import Simulator
from difsched.typing import Floats, Ints


def episodes(simulator: Simulator, config: EnvironmentConfig) -> Iterator[Episode]:
    """Yield the coming episode of each copy, its demand and channels known."""
    assert isinstance(simulator, SequentialWindows)
    failure = 1 - simulator.simulator.chances
    for packets, classes in zip(*simulator.future(), strict=True):
        yield Episode(packets.astype(np.float64), failure[classes], config.retransmit)


@dataclass(frozen=True)
class BoundPolicy:
    """The packets that every policy loses at least, episode by episode; a `Bound`.

    Where the channel is hidden deliveries are drawn and a policy may react to them, so that the
    bound is that of the stochastic programme; it holds on average over the draws.

    Attributes
    ----------
    config : EnvironmentConfig
    """

    config: EnvironmentConfig

    def losses(self, simulator: Simulator) -> Floats:
        """Return the least cost (W, T): an episode's as a whole, in equal parts for its windows."""
        assert isinstance(simulator, SequentialWindows)
        least = np.array([self.least(episode) for episode in episodes(simulator, self.config)])
        windows = simulator.future()[0].shape[-1]
        per_window = np.maximum(least, 0.0) / (simulator.usual * windows)
        return np.repeat(per_window[:, None], windows, axis=1)

    def least(self, episode: Episode) -> float:
        """Return the packets that every policy loses in an episode at least."""
        found = bound(episode)
        if self.config.channel_information:
            return found.value
        return sampled_bound(episode, found.prices)

    def act(self, observation: Floats) -> Floats:
        """Raise InputError: a bound decides nothing."""
        raise InputError("bound: no policy, it says what none can do better than")


@dataclass
class PlanPolicy:
    """Follows the best plan found for an episode that it knows; a `Clairvoyant`.

    What it loses beyond the bound is all that the bound may leave open.

    Attributes
    ----------
    config : EnvironmentConfig
    """

    config: EnvironmentConfig
    _plan: list[Ints] = field(default_factory=list)

    def foresee(self, simulator: Simulator) -> None:
        """Plan the coming episode of each copy."""
        plans = [solve(episode).grants for episode in episodes(simulator, self.config)]
        # The grants (W, N) of each window, the last first.
        self._plan = list(np.array(plans).transpose(2, 0, 1)[::-1])

    def act(self, observation: Floats) -> Ints:
        """Return the grants (W, N) of the next window."""
        return self._plan.pop()[: len(observation)]


SCHEDULERS = [
    Method(
        "plan",
        "Plan (truth)",
        lambda task: PlanPolicy(task.config),
        "oracles",
        memory=False,
        about="The best plan found where demand and channels of the whole episode are known",
    ),
    Method(
        "bound",
        "Bound",
        lambda task: BoundPolicy(task.config),
        "oracles",
        memory=False,
        about="What every policy loses at least: prices of RBs decouple the users",
        decides=False,
    ),
]
