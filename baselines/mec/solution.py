"""What a planner returns."""

from dataclasses import dataclass

from difsched.env.mec.actions import check, decode
from difsched.env.mec.config import MecConfig
from difsched.env.mec.slot import reward, run_slot
from difsched.typing import Floats


@dataclass(frozen=True)
class Solution:
    """The best action that was found in each window, and how good any can be.

    Attributes
    ----------
    action : (W, N, A) ndarray of float
        See `difsched.env.mec.actions`.
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


def evaluate(action: Floats, observation: Floats, config: MecConfig) -> Floats:
    """Return the reward of actions, (W,)."""
    values, _ = check(action, observation)
    slot = run_slot(decode(values, observation, config), observation, config)
    return reward(slot.quality, slot.energy, config).mean(axis=-1)
