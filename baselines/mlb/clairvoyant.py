"""A plan that sees the whole episode: what offsets can do over time, as far as a beam finds it."""

import numpy as np

from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.simulator import Simulator
from difsched.family import Simulator as AnySimulator
from difsched.typing import Floats

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
