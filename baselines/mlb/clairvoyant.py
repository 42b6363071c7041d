"""What sees the whole episode: a plan, as far as a beam finds it, and what no plan can beat."""

import numpy as np

from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.simulator import Simulator
from difsched.errors import InputError
from difsched.family import Simulator as AnySimulator
from difsched.typing import Floats

from .bound import episode_bound
from .planning import clairvoyant_plan
from .search import grid

#: Members of the beam, and points an axis of the actions that it tries.
WIDTH, POINTS = 16, 7


class BeamPolicy:
    """Follows the plan of a beam that sees how users will move; a `Clairvoyant`.

    Parameters
    ----------
    config : MlbConfig
        The reward ``load_balance``.
    width, points : int
        See ``WIDTH`` and ``POINTS``.
    """

    def __init__(self, config: MlbConfig, width: int = WIDTH, points: int = POINTS) -> None:
        self.config, self.width = config, width
        self.candidates = grid(config, points)
        self.plan: list[Floats] = []

    def foresee(self, simulator: AnySimulator) -> None:
        """Plan the coming episode of each copy."""
        assert isinstance(simulator, Simulator)
        plans = [
            clairvoyant_plan(self.config, power, serving, self.candidates, self.width).action
            for power, serving in zip(*simulator.future(), strict=True)
        ]
        # The actions (W, 1, A) of each second, the last first.
        self.plan = list(np.array(plans).swapaxes(0, 1)[::-1, :, None])

    def act(self, observation: Floats) -> Floats:
        """Return the actions (W, 1, A) of the next second."""
        return self.plan.pop()[: len(observation)]


class BoundPolicy:
    """The certified bound of each second of an episode; see `episode_bound`: a `Bound`.

    Parameters
    ----------
    config : MlbConfig
        Three cells, and the reward ``load_balance``.
    """

    def __init__(self, config: MlbConfig) -> None:
        self.config = config

    def losses(self, simulator: AnySimulator) -> Floats:
        """Return the least standard deviation of the loads (W, T) that offsets can lead to."""
        assert isinstance(simulator, Simulator)
        episodes = zip(*simulator.future(), strict=True)
        return -np.array([episode_bound(self.config, *episode) for episode in episodes])

    def act(self, observation: Floats) -> Floats:
        """Raise InputError: a bound decides nothing."""
        raise InputError("bound: no policy, it says what none can do better than")
