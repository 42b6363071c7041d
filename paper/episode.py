"""An episode of the slice, window by window: what each user has to send, gets and loses."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from difsched.baselines.method import Task
from difsched.baselines.registry import METHODS, find
from difsched.config import EnvironmentConfig
from difsched.env.slice.columns import Column
from difsched.env.slice.simulator import QOS_LOSS, Simulator
from difsched.env.slice.traffic.generator import Traffic, TrafficGenerator
from difsched.policy import Policy
from difsched.typing import Floats
from difsched.utils.seeding import seed_sequence
from experiments.rendering.style import PAGE_INCHES, figure, look_of, share_scale

#: Those that are shown side by side, and for how many windows.
SHOWN, WINDOWS = ("equal", "oracle_predicted"), 100


@dataclass(frozen=True)
class Course:
    """What a scheduler did in T windows.

    Attributes
    ----------
    demand, grants : (T, N) ndarray of int
        Packets of each user in a window, and RBs a slot that it was granted.
    enough : (T, N) ndarray of float
        RBs a slot with which a user loses ``QOS_LOSS`` of its packets, so that its QoS is just met.
    delivered : (T, N) ndarray of float
        Packets that got through, in expectation.
    loss : (T,) ndarray of float
        Packet-loss ratio of each window, in [0, 1].
    """

    demand: NDArray[np.int64]
    grants: NDArray[np.int64]
    enough: Floats
    delivered: Floats
    loss: Floats


def course(config: EnvironmentConfig, policy: Policy, traffic: Traffic) -> Course:
    """Play the first windows of a test episode and return what happened."""
    seed = seed_sequence(config.randomSeed, "animation")
    generator = TrafficGenerator(traffic.test)
    simulator = Simulator(config, generator, 1, outcomes="expected", seed=seed)
    seen, steps, grants = [simulator.observe()], [], []
    for _ in range(WINDOWS):
        grants.append(policy.act(seen[-1]))
        steps.append(simulator.step(grants[-1]))
        seen.append(steps[-1].observation)
    slope, midpoint = (
        np.concatenate(seen[:-1])[..., column] for column in (Column.SLOPE, Column.MIDPOINT)
    )
    return Course(
        np.concatenate([step.demand for step in steps]),
        np.concatenate(grants),
        midpoint + np.log(1 / QOS_LOSS - 1) / slope,
        np.concatenate([step.delivered for step in steps]),
        -np.concatenate([step.reward for step in steps]),
    )


class Panel:
    """Packets and, below, grants of every user, drawn anew for every window.

    Parameters
    ----------
    above, below : Axes
        Of the packets and of the grants.
    config : EnvironmentConfig
    name : str
        Of the scheduler.
    shown : Course
        What it did.
    """

    def __init__(
        self, above: Axes, below: Axes, config: EnvironmentConfig, name: str, shown: Course
    ) -> None:
        self.shown, self.seconds = shown, config.LEN_window / 1000
        users, color = np.arange(1, config.N_user + 1), look_of(name).color
        empty = np.zeros(len(users))
        self.delivered = above.bar(users, empty, color=color, label="get through")
        self.demand = above.bar(
            users, empty, color="none", edgecolor="black", linewidth=0.8, label="to send"
        )
        self.grants = below.bar(users, empty, color=color)
        self.enough = below.hlines(
            empty, users - 0.4, users + 0.4, colors="black", linestyles="dotted", linewidths=1.2
        )
        above.set(title=METHODS[name].label, ylim=(0, 1.05 * shown.demand.max()), xticks=users)
        above.set(ylabel="packets a window")
        most = max(shown.grants.max(), shown.enough.max())
        below.set(ylabel="RBs a slot", xlabel="user", ylim=(0, 1.05 * most), xticks=users)
        self.text = below.set_title(" ", loc="left")

    def show(self, step: int) -> None:
        """Show a window."""
        shown = self.shown
        for bars, heights in (
            (self.delivered, shown.delivered),
            (self.demand, shown.demand),
            (self.grants, shown.grants),
        ):
            for bar, height in zip(bars, heights[step], strict=True):
                bar.set_height(height)
        lines = np.array(self.enough.get_segments())
        lines[..., 1] = shown.enough[step, :, None]
        self.enough.set_segments(list(lines))
        now, mean = 100 * shown.loss[step], 100 * shown.loss[: step + 1].mean()
        self.text.set_text(
            f"{self.seconds * (step + 1):.1f} s: loss {now:.1f} %, so far {mean:.1f} %"
        )


def panels(config: EnvironmentConfig, traffic: Traffic) -> tuple[Figure, list[Panel]]:
    """Return the drawing of a test episode and its panels, one a scheduler."""
    drawing, axes = figure(PAGE_INCHES, 3.2, 2, len(SHOWN))
    found = []
    for place, name in enumerate(SHOWN):
        shown = course(config, find(name).fit(Task(config, traffic)), traffic)
        found.append(Panel(axes[place], axes[place + len(SHOWN)], config, name, shown))
    for row in (axes[: len(SHOWN)], axes[len(SHOWN) :]):
        share_scale(row)
        for one in row[1:]:
            one.set_ylabel("")
    return drawing, found
