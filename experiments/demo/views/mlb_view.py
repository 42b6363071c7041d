"""Load balancing: users on the map, joined to the cells that serve them, and the cells' loads."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.demo.views.charts import Spec, bars
from experiments.demo.views.view import Passed, Scene, View

#: Colour of each cell, and the symbol of its users: they differ in grey, too.
CELLS = (("#0072B2", "circle"), ("#E69F00", "square"), ("#009E73", "triangle-up"))
MORE = ("#CC79A7", "diamond")


class MlbView(View):
    """Where users are, who serves them, and how loaded that makes the cells."""

    def before(self, simulator: Any) -> Any:
        """Return where the users are in the coming second, (E, N, 2), m."""
        return simulator.walks.positions[simulator.files, simulator.second]

    def scene(self, passed: Passed) -> Scene:
        """Return what pictures show of a second; see `View.scene`."""
        config, before = passed.config, passed.before
        table = {
            "x (m)": before[..., 0],
            "y (m)": before[..., 1],
            "cell": passed.simulator.serving + 1,
            **{
                f"RSRP of cell {cell + 1} (dBm)": passed.observation[..., cell]
                for cell in range(config.cells)
            },
        }
        loads = np.minimum(
            passed.step.outcomes.sum(axis=1)[..., : config.cells] / config.scene.prbs, 1.0
        )
        picture = {"loads": loads, "offsets": passed.granted[:, 0], "places": before}
        return Scene(table, None, {**picture, "serving": np.array(passed.simulator.serving)})

    def pictures(
        self, config: Any, scenes: Mapping[str, Scene], episode: int
    ) -> Sequence[tuple[str, Spec]]:
        """Return a map a player, loads, and offsets; see `View.pictures`."""
        maps = [(f"Map, {who}", _map(config, one, episode)) for who, one in scenes.items()]
        loads = {who: one.picture["loads"][episode] for who, one in scenes.items()}
        offsets = {who: one.picture["offsets"][episode] for who, one in scenes.items()}
        pairs = ", ".join(f"{first + 1}-{second + 1}" for first, second in config.pairs)
        return [
            *maps,
            ("Load of each cell", bars(loads, "cell", "share of its blocks")),
            (
                f"Offsets between cells {pairs}",
                bars(offsets, "pair", "dB"),
            ),
        ]


def _map(config: Any, scene: Scene, episode: int) -> Spec:
    """Return users and sites of a second, each user joined to its cell."""
    looks = [CELLS[cell] if cell < len(CELLS) else MORE for cell in range(config.cells)]
    names = [f"cell {cell + 1}" for cell in range(config.cells)]
    sites = np.array(config.scene.sites, dtype=float)
    serving = scene.picture["serving"][episode]
    users = [
        {
            "x": float(x),
            "y": float(y),
            "cell": names[cell],
            "sx": float(sites[cell, 0]),
            "sy": float(sites[cell, 1]),
        }
        for (x, y), cell in zip(scene.picture["places"][episode], serving, strict=True)
    ]
    places = [
        {"x": float(x), "y": float(y), "cell": name}
        for (x, y), name in zip(sites, names, strict=True)
    ]
    scale = {"zero": False, "nice": False, "padding": 20}
    x = {"field": "x", "type": "quantitative", "title": "x (m)", "scale": scale}
    y = {"field": "y", "type": "quantitative", "title": "y (m)", "scale": scale}
    color = {
        "field": "cell",
        "title": None,
        "scale": {"domain": names, "range": [look for look, _ in looks]},
        "legend": {"orient": "top", "symbolOpacity": 1},
    }
    shape = {
        "field": "cell",
        "title": None,
        "scale": {"domain": names, "range": [symbol for _, symbol in looks]},
        "legend": {"orient": "top", "symbolOpacity": 1},
    }
    return {
        "data": {"values": users},
        "height": 320,
        "encoding": {"x": x, "y": y, "color": color},
        "layer": [
            {
                "mark": {"type": "rule", "opacity": 0.35, "strokeWidth": 0.7},
                "encoding": {"x2": {"field": "sx"}, "y2": {"field": "sy"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 36, "tooltip": True},
                "encoding": {"shape": shape},
            },
            {
                "data": {"values": places},
                "mark": {
                    "type": "text",
                    "text": "★",
                    "fontSize": 22,
                    "stroke": "black",
                    "strokeWidth": 0.6,
                },
            },
            {
                "data": {"values": places},
                "mark": {"type": "text", "dy": -18, "fontWeight": "bold"},
                "encoding": {"text": {"field": "cell"}},
            },
        ],
    }


VIEW = MlbView()
