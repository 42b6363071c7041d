"""The map of load balancing, second by second, before and after.

Users of a test episode, without offsets and with those of the exact one-step optimum, and below
the loads of the cells.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.radio import Ints
from difsched.env.mlb.simulator import Simulator
from difsched.env.mlb.walks import road_graph, split_walks
from difsched.policy import Policy
from difsched.typing import Floats
from difsched.utils.seeding import seed_sequence
from experiments.rendering.style import PAGE_INCHES, figure

#: Method -> what stands above its map.
METHODS = {"static": "without offsets", "one_step": "offsets of the exact one-step optimum"}
#: Colour (Okabe and Ito 2008) and marker of each cell: they differ in grey, too.
CELLS = (("#0072B2", "o"), ("#E69F00", "s"), ("#009E73", "^"))
ROAD, FRAME = "#D0D0D0", 60.0  # m around what is shown


@dataclass(frozen=True)
class Course:
    """What a policy did in an episode of T seconds.

    Attributes
    ----------
    positions : (T, N, 2) ndarray of float
        Users, m.
    serving : (T, N) ndarray of int
        Cell of each user.
    loads : (T, C) ndarray of float
        Share of each cell's blocks that is used, in [0, 1].
    balance : (T,) ndarray of float
        Standard deviation of the loads.
    """

    positions: Floats
    serving: Ints
    loads: Floats
    balance: Floats


def course(config: MlbConfig, policy: Policy) -> Course:
    """Play the first test episode and return what happened."""
    walks = split_walks(config, "test", 1)
    seed = seed_sequence(config.randomSeed, "animation")
    simulator = Simulator(config, 1, seed, walks)
    serving, loads, balance = [], [], []
    for _ in range(config.steps):
        step = simulator.step(policy.act(simulator.observe()))
        serving.append(simulator.serving[0])
        loads.append(np.minimum(step.outcomes[0].sum(axis=0) / config.scene.prbs, 1))
        balance.append(step.metrics["load_balance"][0])
    parts = np.array(serving), np.array(loads), -np.array(balance)
    return Course(walks.positions[0, :-1], *parts)


class Panel:
    """A map and the loads below it, drawn anew for every second.

    Parameters
    ----------
    above, below : Axes
        Of the map and of the loads.
    config : MlbConfig
    shown : Course
    title : str
    """

    def __init__(
        self, above: Axes, below: Axes, config: MlbConfig, shown: Course, title: str
    ) -> None:
        self.shown, self.sites = shown, np.array(config.scene.sites)
        if config.scene.kind == "roads":
            roads = road_graph(config)
            above.add_collection(
                LineCollection(list(roads.points[roads.edges]), colors=ROAD, linewidths=0.8)
            )
        self.links = LineCollection([], linewidths=0.5, alpha=0.6)
        above.add_collection(self.links)
        self.users = [
            above.plot([], [], marker, color=color, markersize=3.5, linestyle="")[0]
            for color, marker in CELLS
        ]
        for place, (x, y) in enumerate(self.sites):
            above.plot(x, y, "*", color=CELLS[place][0], markersize=12, markeredgecolor="black")
            above.annotate(
                f"cell {place + 1}",
                (x, y),
                (0, 9),
                textcoords="offset points",
                horizontalalignment="center",
                bbox={"boxstyle": "round,pad=0.1", "color": "white", "alpha": 0.7},
            )
        low, high = (
            edge(np.concatenate([shown.positions.reshape(-1, 2), self.sites]), axis=0)
            for edge in (np.min, np.max)
        )
        above.set(xlim=(low[0] - FRAME, high[0] + FRAME), ylim=(low[1] - FRAME, high[1] + FRAME))
        above.set(aspect="equal", xlabel="x (m)", ylabel="y (m)", title=title)
        names = [f"cell {place + 1}" for place in range(len(self.sites))]
        self.bars = below.barh(names, np.zeros(len(names)), color=[c for c, _ in CELLS])
        below.set(xlim=(0, 1), xlabel="load")
        below.invert_yaxis()
        self.text = below.set_title(" ", loc="left")

    def show(self, second: int) -> None:
        """Show a second."""
        places, serving = self.shown.positions[second], self.shown.serving[second]
        self.links.set_segments(list(np.stack([places, self.sites[serving]], axis=1)))
        self.links.set_color([CELLS[cell][0] for cell in serving])
        for cell, line in enumerate(self.users):
            line.set_data(*places[serving == cell].T)
        for bar, load in zip(self.bars, self.shown.loads[second], strict=True):
            bar.set_width(load)
        mean = self.shown.balance[: second + 1].mean()
        self.text.set_text(
            f"{second + 1} s: SD of loads {self.shown.balance[second]:.3f}, so far {mean:.3f}"
        )


def panels(config: MlbConfig) -> tuple[Figure, list[Panel]]:
    """Return the drawing of a scene and its panels, before and after."""
    shown = {name: course(config, find(name, config.family).fit(Task(config))) for name in METHODS}
    wide = config.scene.width > config.scene.height
    drawing, axes = figure(PAGE_INCHES, 2.9 if wide else 4.6, 2, 2)
    grid = axes[0].get_gridspec()
    assert grid is not None
    grid.set_height_ratios((1.5, 1) if wide else (4, 1))
    found = [
        Panel(axes[place], axes[place + 2], config, shown[name], title)
        for place, (name, title) in enumerate(METHODS.items())
    ]
    for one in (axes[1], axes[3]):
        one.set(ylabel="", yticklabels=[])
    return drawing, found
