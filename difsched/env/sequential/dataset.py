"""Offline datasets of sequential slices: a slice's log, whose reward counts lost packets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from difsched.env.slice.arrays import TOLERANCE
from difsched.env.slice.dataset import OfflineDataset
from difsched.errors import InputError


@dataclass(frozen=True)
class SequentialDataset(OfflineDataset):
    """A slice's log with the reward of its family; see `OfflineDataset`.

    Attributes
    ----------
    reward : (W,) ndarray of float32
        Minus the packets lost over those that are new in a window on average: a constant, so that
        rewards of windows add up and letting packets wait earns nothing.
    """

    ENTITIES: ClassVar[str] = "entities"

    @classmethod
    def of(cls, log: OfflineDataset) -> Self:
        """Return a slice's log with this reward, by the mean of its own windows."""
        usual = max(float(log.demand.sum(axis=1, dtype=np.float64).mean()), 1.0)
        arrays: dict[str, Any] = {name: getattr(log, name) for name in cls.ARRAYS}
        arrays["reward"] = -log.lost.sum(axis=1, dtype=np.float64) / usual
        return cls(**arrays, propensity=log.propensity, history=log.history, card=log.card)

    @staticmethod
    def _check_rewards(arrays: Mapping[str, NDArray[Any]], at_stake: NDArray[np.float64]) -> None:
        """Raise InputError unless rewards are minus the lost packets over some number."""
        lost = arrays["lost"].sum(axis=1, dtype=np.float64)
        reward = arrays["reward"].astype(np.float64)
        unit = -reward.sum() / max(lost.sum(), 1.0)
        if (wrong := np.abs(reward + unit * lost) > TOLERANCE * np.maximum(1.0, -reward)).any():
            window = wrong.argmax()
            raise InputError(
                f"reward = {reward[window]:g} in window {window}: must be "
                f"{-unit * lost[window]:g}, as elsewhere {-unit:g} for each packet lost"
            )
