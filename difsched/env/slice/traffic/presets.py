"""Generated dataflows as data: which signal, with which parameters, how long."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from difsched.config.base import Config, build, check_choice, check_int
from difsched.env.slice.traffic.signals import (
    ForceParameters,
    PositionParameters,
    Signal,
    force,
    position,
)

PRESETS = Path(__file__).parents[3] / "config" / "traffic"
#: Windows of the longest realisation: 55 hours.
MOST_WINDOWS = 1_000_000
SIGNALS: dict[str, tuple[type[Config], Callable[..., Signal]]] = {
    "position": (PositionParameters, position),
    "force": (ForceParameters, force),
}


@dataclass(frozen=True)
class TrafficPreset(Config):
    """A generated dataflow, as its YAML file in ``config/traffic`` describes it.

    Attributes
    ----------
    signal : {"position", "force"}
        Which signal of :mod:`difsched.env.slice.traffic.signals`.
    train_windows, test_windows : int
        Windows of each realisation, >= 1.
    parameters : dict
        The signal's parameters.
    """

    signal: str
    train_windows: int
    test_windows: int
    parameters: dict[str, float]

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_choice("signal", self.signal, SIGNALS)
        check_int("train_windows", self.train_windows, 1, MOST_WINDOWS)
        check_int("test_windows", self.test_windows, 1, MOST_WINDOWS)
        build(SIGNALS[self.signal][0], "parameters", self.parameters)

    def realise(self, samples: int, rng: np.random.Generator) -> Signal:
        """Draw ``samples`` ms of the signal."""
        parameters, draw = SIGNALS[self.signal]
        return draw(parameters.from_dict(self.parameters), samples, rng)
