"""What a planner returns."""

from dataclasses import dataclass

from difsched.env.mec.action import check, decode
from difsched.env.mec.config import Config
from difsched.env.mec.physics import Floats
from difsched.env.mec.slot import reward, run_slot


@dataclass(frozen=True)
class Solution:
    """The best action that was found in each window, and how good any can be.

    Attributes
    ----------
    action : (W, N, A) ndarray of float
        See `difsched.env.mec.action`.
    value : (W,) ndarray of float
        Its reward, as the simulator gives it.
    bound : (W,) ndarray of float
        What no action can exceed; infinite where none was computed.
    """

    action: Floats
    value: Floats
    bound: Floats

    @property
    def gap(self) -> Floats:
        """What may be missing at most, (W,)."""
        return self.bound - self.value


def evaluate(config: Config, action: Floats, observation: Floats) -> Floats:
    """Return the reward of actions, (W,)."""
    values, _ = check(action, observation)
    slot = run_slot(config, decode(config, values, observation), observation)
    return reward(config, slot.quality, slot.energy).mean(axis=-1)
