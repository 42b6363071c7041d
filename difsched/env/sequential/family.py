"""Sequential slices as a problem family: the slice's, measured by the packets that are lost."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.sequential.config import CONFIGURATIONS, SequentialConfig
from difsched.env.sequential.dataset import SequentialDataset
from difsched.env.slice.family import FAMILY as SLICE
from difsched.env.slice.family import SliceWindows, figures
from difsched.env.slice.family import simulator as slice_simulator
from difsched.env.slice.random_data import collect_random
from difsched.env.slice.simulator import Step as SliceStep
from difsched.env.slice.traffic.generator import Trace, Traffic
from difsched.family import EPISODE_WINDOWS, Family, Metric, References, Step
from difsched.typing import Floats


class SequentialWindows(SliceWindows):
    """A slice's copies whose reward is minus the packets lost over those new on average.

    What is new in a window on average is N times the mean of the trace that users run through. The
    mean of the rewards over many episodes is therefore minus lost over new packets.
    """

    @property
    def usual(self) -> float:
        """Packets that are new in a window on average, all users together."""
        slices = self.simulator
        return max(slices.config.N_user * float(slices.traffic.trace.packets.mean()), 1.0)

    def told(self, step: SliceStep, grants: NDArray[np.int64]) -> Step:
        """Return a window under grants (W, N); see `SliceWindows.told`."""
        told, lost = super().told(step, grants), step.lost / self.usual
        metrics = {**told.metrics, "window_loss": -step.reward}
        outcomes = -lost[..., None] * lost.shape[1]
        return Step(told.observation, -lost.sum(axis=1), outcomes, metrics)

    def future(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return new packets and channel classes (W, N, T) of the coming test episodes."""
        return self.simulator.future(EPISODE_WINDOWS)


def simulator(
    config: SequentialConfig,
    split: str,
    copies: int,
    outcomes: str,
    seed: np.random.SeedSequence,
    source: Traffic | Trace | None = None,
) -> SequentialWindows:
    """Return copies of a sequential slice; see `Family.simulator`.

    Where the channel is hidden, ``"expected"`` outcomes are counted by their means, but deliveries
    are drawn: means that a scheduler sees would tell it the channel without error.
    """
    if outcomes == "expected" and not config.channel_information:
        outcomes = "drawn"
    copies_of_slice = slice_simulator(config, split, copies, outcomes, seed, source).simulator
    return SequentialWindows(copies_of_slice)


def told_figures(sums: Mapping[str, NDArray[Any]], windows: int) -> dict[str, Floats]:
    """Return what is told of E test episodes: the slice's figures, and the loss of a window.

    ``window_loss`` (E,): mean over windows of the packets lost over those at stake. What waits is
    at stake anew in every window, so letting packets wait makes it look small.
    """
    return {**figures(sums, windows), "window_loss": sums["window_loss"] / windows}


def references(config: SequentialConfig) -> References:
    """Return the oracle of the window, by what is shown to a scheduler, and the certified bound."""
    return References(zero="oracle_predicted", hundred="bound", seen=config, certified=True)


FAMILY: Family = replace(
    SLICE,
    name="sequential",
    cost=Metric("loss", "Lost packets", "", "lower"),
    load=CONFIGURATIONS.load,
    parse=SequentialConfig.from_dict,
    configurations=CONFIGURATIONS.numbers,
    name_of=CONFIGURATIONS.name_of,
    simulator=simulator,
    references=references,
    metrics=(*SLICE.metrics, Metric("window_loss", "Loss of a window", "", "lower")),
    figures=told_figures,
    dataset=SequentialDataset,
    collect=lambda family, config, windows, behaviour="random": SequentialDataset.of(
        collect_random(config, windows)
    ),
)
