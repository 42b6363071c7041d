"""Who did what when in a slot: the bars of a Gantt chart."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from difsched.typing import Floats

from .columns import cluster_of
from .config import MecConfig
from .slot import Slot

Kind = Literal["local", "upload", "wait", "served"]


@dataclass(frozen=True)
class Bar:
    """A UE's stretch of time.

    Attributes
    ----------
    ue, cluster : int
        Of the UE, and of the queue that it belongs to.
    kind : {"local", "upload", "wait", "served"}
        Computing its own task, sending it, waiting for its queue, being computed by the server.
    start, end : float
        s after the slot's start; start < end.
    """

    ue: int
    cluster: int
    kind: Kind
    start: float
    end: float


def bars(slot: Slot, observation: Floats, config: MecConfig, window: int = 0) -> list[Bar]:
    """Return the bars of one window's slot, UE by UE, each UE's in the order of time.

    Parameters
    ----------
    slot : Slot
        Such as `Simulator.last`.
    observation : (W, N, F) ndarray of float
        What was seen before it.
    config : MecConfig
    window : int
        Which of the W.
    """
    cluster = cluster_of(observation, config)[window]
    found: list[Bar] = []
    for ue in range(config.users):
        stretches: list[tuple[Kind, float, float]]
        end = float(slot.completion[window, ue])
        if slot.decision.offloaded[window, ue]:
            ready = float(slot.upload[window, ue])
            start = max(end - float(slot.service[window, ue]), ready)
            # Rounding is no waiting.
            start = ready if np.isclose(start, ready) else start
            stretches = [("upload", 0.0, ready), ("wait", ready, start), ("served", start, end)]
        else:
            stretches = [("local", 0.0, end)]
        number = int(cluster[ue])
        found += [Bar(ue, number, kind, a, b) for kind, a, b in stretches if a < b]
    return found
