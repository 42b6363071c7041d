"""The slice: demand and grants of each user."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.slice.columns import Column, waiting
from difsched.typing import Floats
from experiments.demo.views.charts import Spec, bars
from experiments.demo.views.view import Passed, Scene, View, parts

GRANT, SEEN, DEMAND = "granted (RBs)", "demand seen (packets)", "at stake (packets)"


class SliceView(View):
    """What each user is seen to need, what it is granted, what of it gets through."""

    def granted(self, config: Any, action: NDArray[Any], observation: Floats) -> NDArray[Any]:
        """Return whole RBs as they are: the simulator refuses others."""
        return np.asarray(action)

    def scene(self, passed: Passed) -> Scene:
        """Return what pictures show of a window; see `View.scene`."""
        observation = passed.observation
        delivered, lost = passed.step.metrics["delivered"], passed.step.metrics["lost"]
        table = {
            SEEN: observation[..., Column.DEMAND],
            "new in the window before": observation[..., Column.PREVIOUS_DEMAND],
            "channel k (1/RB)": observation[..., Column.SLOPE],
            "channel s (RBs)": observation[..., Column.MIDPOINT],
            GRANT: passed.granted,
            "delivered (packets)": delivered,
            "lost (packets)": lost,
        }
        if passed.config.retransmit:
            table["waited (packets)"] = observation[..., waiting(passed.config.retransmit)].sum(
                axis=-1
            )
        return Scene(table, parts(delivered, delivered + lost))

    def pictures(
        self, config: Any, scenes: Mapping[str, Scene], episode: int
    ) -> Sequence[tuple[str, Spec]]:
        """Return grants, what was seen, and what was lost; see `View.pictures`."""
        player = next(iter(scenes.values()))
        seen = {"seen by the player": player.table[SEEN][episode]}
        lost = {who: one.table["lost (packets)"][episode] for who, one in scenes.items()}
        grants = {who: one.table[GRANT][episode] for who, one in scenes.items()}
        return [
            (f"Resource blocks granted, of {config.B}", bars(grants, "user", "RBs a slot")),
            ("Demand of the window", bars(seen, "user", "packets")),
            ("Packets lost, expected", bars(lost, "user", "packets")),
        ]


VIEW = SliceView()
