"""The schedule of a slot of edge computing as a Gantt chart."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from difsched.env.mec.schedule import Bar, Kind
from difsched.typing import Floats

#: Kind of a bar -> colour, hatching: they differ in grey, too.
BARS: dict[Kind, tuple[str, str]] = {
    "local": ("#DDDDDD", ""),
    "upload": ("#56B4E9", "////"),
    "wait": ("#FFFFFF", "...."),
    "served": ("#0072B2", ""),
}
HEIGHT = 0.6


def draw_schedule(axes: Axes, bars: Sequence[Bar], deadline: Floats) -> None:
    """Draw what each UE's task does when, and its deadline.

    Parameters
    ----------
    axes : Axes
    bars : sequence of Bar
        Of one slot; see `difsched.env.mec.schedule.bars`.
    deadline : (N,) ndarray of float
        s, of each UE.
    """
    for bar in bars:
        color, hatch = BARS[bar.kind]
        axes.barh(
            bar.ue,
            bar.end - bar.start,
            HEIGHT,
            left=bar.start,
            color=color,
            hatch=hatch,
            edgecolor="0.3",
            linewidth=0.5,
        )
    for user, time in enumerate(deadline):
        axes.vlines(time, user - 0.45, user + 0.45, color="#D55E00", linewidth=1.6)
    axes.set_yticks(range(len(deadline)), [f"UE {user}" for user in range(len(deadline))])
    axes.set_ylim(len(deadline) - 0.5, -0.5)
    axes.set_xlim(0, None)
    axes.tick_params(axis="y", length=0)


def schedule_keys() -> list[Patch | Line2D]:
    """Return what a legend of the charts shows: a patch a kind of bar, and the deadline."""
    keys: list[Patch | Line2D] = [
        Patch(facecolor=color, hatch=hatch, edgecolor="0.3", linewidth=0.5, label=kind)
        for kind, (color, hatch) in BARS.items()
    ]
    return [*keys, Line2D([], [], color="#D55E00", linewidth=1.6, label="deadline")]
