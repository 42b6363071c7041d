"""Edge computing: a slot's schedule as a Gantt chart."""

from collections.abc import Mapping, Sequence
from typing import Any

from difsched.env.mec.columns import Column
from difsched.env.mec.schedule import bars as schedule_bars
from experiments.demo.views.charts import Spec, bars
from experiments.demo.views.view import Passed, Scene, View

#: Kind of a bar -> its colour: they differ in grey, too.
KINDS = {"local": "#DDDDDD", "upload": "#56B4E9", "wait": "#F4E9B8", "served": "#0072B2"}
DEADLINE = "#D55E00"
QUALITY, ENERGY = "QoS", "energy (J)"
#: UEs whose bars fit a screen; of more, the first ones.
MOST_DRAWN = 20


class MecView(View):
    """Who computes what where, and when it is done."""

    def scene(self, passed: Passed) -> Scene:
        """Return what pictures show of a slot; see `View.scene`."""
        observation = passed.observation
        slot = passed.simulator.last
        deadline = observation[..., Column.DEADLINE]
        table = {
            "to upload (Mbit)": observation[..., 0],
            "work (1e9 cycles)": observation[..., 1],
            "deadline (s)": deadline,
            "distance (m)": observation[..., Column.DISTANCE],
            "own processor (GHz)": observation[..., Column.SPEED],
            "offloaded": slot.decision.offloaded,
            "done after (s)": slot.completion,
            "in time": slot.completion <= deadline,
            QUALITY: slot.quality,
            ENERGY: slot.energy,
        }
        episodes = range(len(observation))
        drawn = [schedule_bars(slot, observation, passed.config, episode) for episode in episodes]
        return Scene(table, slot.quality, {"bars": drawn, "deadline": deadline})

    def pictures(
        self, config: Any, scenes: Mapping[str, Scene], episode: int
    ) -> Sequence[tuple[str, Spec]]:
        """Return a Gantt chart a player, then QoS and energy; see `View.pictures`."""
        charts = [
            (f"Schedule of {who}", _gantt(one, episode, config.users))
            for who, one in scenes.items()
        ]
        for name in (QUALITY, ENERGY):
            values = {who: one.table[name][episode] for who, one in scenes.items()}
            charts.append((name, bars(values, "UE", name)))
        return charts


def _gantt(scene: Scene, episode: int, users: int) -> Spec:
    """Return a slot's bars, and a tick at each deadline."""
    shown = min(users, MOST_DRAWN)
    rows = [
        {"ue": f"UE {one.ue + 1}", "kind": one.kind, "start": one.start, "end": one.end}
        for one in scene.picture["bars"][episode]
        if one.ue < shown
    ]
    deadlines = [
        {"ue": f"UE {ue + 1}", "deadline": float(scene.picture["deadline"][episode][ue])}
        for ue in range(shown)
    ]
    y = {
        "field": "ue",
        "type": "nominal",
        "title": None if shown == users else f"the first {shown} of {users} UEs",
        "sort": [row["ue"] for row in deadlines],
    }
    color = {
        "field": "kind",
        "title": None,
        "scale": {"domain": list(KINDS), "range": list(KINDS.values())},
        "legend": {"orient": "top", "symbolStrokeWidth": 0, "symbolSize": 160},
    }
    return {
        "data": {"values": rows},
        "height": {"step": 22},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "stroke": "#555555", "strokeWidth": 0.5, "tooltip": True},
                "encoding": {
                    "x": {"field": "start", "type": "quantitative", "title": "s after the start"},
                    "x2": {"field": "end"},
                    "color": color,
                },
            },
            {
                "data": {"values": deadlines},
                "mark": {"type": "tick", "color": DEADLINE, "thickness": 2, "tooltip": True},
                "encoding": {"x": {"field": "deadline", "type": "quantitative"}},
            },
        ],
    }


VIEW = MecView()
