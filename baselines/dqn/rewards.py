"""What deep Q-networks learn from: the reward itself, a shaped one, or one at an episode's end."""

from collections.abc import Callable

import numpy as np

from difsched.errors import InputError
from difsched.family import Step
from difsched.typing import Floats

Rewards = Callable[[Step, bool], Floats]


def shaped(step: Step, done: bool) -> Floats:
    """Return the original project's shaped reward: see `difsched.env.alloc.scenes`.

    Raises
    ------
    InputError
        In a mode other than ``faithful``, which has none.
    """
    if "shaped_reward" not in step.metrics:
        raise InputError("reward = 'shaped': must be window or episode but in mode faithful")
    return step.metrics["shaped_reward"]


class AtEnd:
    """Pays the sum of an episode's rewards in its last window, and nothing before: sparse."""

    def __init__(self) -> None:
        self.sum: Floats | float = 0.0

    def __call__(self, step: Step, done: bool) -> Floats:
        """Return the rewards (W,) of a window."""
        self.sum = self.sum + step.reward
        if not done:
            return np.zeros_like(step.reward)
        paid, self.sum = self.sum, 0.0
        return np.asarray(paid)


#: Setting -> what makes it.
REWARDS: dict[str, Callable[[], Rewards]] = {
    "window": lambda: lambda step, done: step.reward,
    "shaped": lambda: shaped,
    "episode": AtEnd,
}
