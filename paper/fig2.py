"""F2: the link. What its classes mean physically, its concave envelope, an optimal allocation."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.baselines.slice.sigmoids.envelope import tangent_point
from difsched.config import ConfigManager
from difsched.env.slice.link.calibration import (
    LinkConditions,
    LinkFit,
    calibrate,
    load_conditions,
    physical_success,
)
from difsched.env.slice.link.sigmoid import success_probability
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, letter, save
from experiments.rendering.tex import write_figure

EXPANDED = 2  # the configuration with the five channel classes
SHOWN_RBS = 40
DEMAND = np.array([118, 96, 81, 70, 58, 45, 22, 9])  # packets, eight users of the example
# From dark to light in grey, too.
COLORS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#E69F00")
CHORD, LOST = "#D55E00", "#CCCCCC"
CAPTION = (
    r"The link. (a) Probability that a packet gets through on $r$ resource blocks (RBs). Solid: "
    r"the five channel classes, $\sigma(k(r-s))$ with $s={s:g}$. Dashed, same colour: the "
    r"physical curve behind each, the probability that $r$ RBs of {bandwidth:g}\,kHz carry the "
    r"{bits} bits of a packet in a slot of {slot:g}\,ms at Shannon's capacity, when the SINR is "
    r"Gaussian in dB from packet to packet. Mean and deviation of the SINR in dB, and the fit's "
    r"root mean square error on 0 to {budget} RBs: {fits}. At $r=0$ the class keeps "
    r"$\sigma(-ks)$, the grant-free fallback. (b) The curve of $k={k:g}$, $s={s:g}$ and its "
    r"concave envelope, a chord up to the tangent point at $w={w:.1f}$ RBs: of many users with "
    r"fewer RBs each, it is best to give some $w$ and the others none. (c) An optimal allocation "
    r"of $B={budget}$ RBs to {users} such users, on average {average:g} RBs each; bars: packets "
    r"of the window, dark what gets through on average; above each bar the RBs granted. {dropped} "
    r"dropped, {served} served. Loss: {best:.1f}\,\%, and {equal:.1f}\,\% under an equal split."
)


def draw_classes(
    axes: Axes, slopes: list[float], midpoint: float, links: list[LinkConditions]
) -> None:
    """Draw each class's curve and the physical curve behind it."""
    grants = np.linspace(0, SHOWN_RBS, 401)
    for slope, link, color in zip(slopes, links, COLORS, strict=True):
        curve = success_probability(grants, slope, midpoint)
        axes.plot(grants, curve, color=color, label=f"{slope:g}")
        axes.plot(grants, physical_success(link, grants), "--", color=color, linewidth=0.8)
    axes.legend(title="k (1/RB)", loc="lower right", ncols=2, handlelength=1, columnspacing=1)
    axes.set(xlabel="RBs a slot", ylabel="success probability", xlim=(0, SHOWN_RBS), ylim=(0, 1.02))


def draw_envelope(axes: Axes, slope: float, midpoint: float) -> float:
    """Draw one curve with its concave envelope; return the tangent point, RBs."""
    grants = np.linspace(0, SHOWN_RBS, 401)
    width = float(tangent_point(slope * midpoint)) / slope
    top = success_probability(width, slope, midpoint)
    axes.plot(grants, success_probability(grants, slope, midpoint), color="black", label="curve")
    beyond = grants[grants > width]
    axes.plot(
        [0, width, *beyond],
        [
            success_probability(0, slope, midpoint),
            top,
            *success_probability(beyond, slope, midpoint),
        ],
        "--",
        color=CHORD,
        label="envelope",
    )
    axes.plot([width], [top], "o", color=CHORD, markersize=4)
    axes.vlines(width, 0, top, color=CHORD, linestyle=":", linewidth=0.8)
    axes.annotate(f"w = {width:.1f}", (width, 0), xytext=(3, 4), textcoords="offset points")
    axes.legend(loc="center right")
    axes.set(xlabel="RBs a slot", xlim=(0, SHOWN_RBS), ylim=(0, 1.02))
    return width


def draw_allocation(
    axes: Axes, demand: NDArray[np.int64], grant: NDArray[np.int64], delivered: NDArray[np.float64]
) -> None:
    """Draw each user's packets, what of them gets through, and above them the RBs granted."""
    users = np.arange(1, len(demand) + 1)
    axes.bar(users, demand, color=LOST, label="lost")
    axes.bar(users, delivered, color=COLORS[1], label="delivered")
    for user, height, rbs in zip(users, demand, grant, strict=True):
        axes.annotate(
            str(rbs), (user, height), xytext=(0, 2), textcoords="offset points", ha="center"
        )
    axes.legend(loc="upper right")
    axes.set(xlabel="user", ylabel="packets a window", xticks=users, ylim=(0, 1.1 * max(demand)))


def describe(slope: float, link: LinkConditions, fit: LinkFit) -> str:
    """Return what a class stands for, TeX."""
    return (
        rf"$k={slope:g}$: ${link.mean_sinr_db:.1f}$ and {link.spread_db:.1f} (fit: "
        rf"$k={fit.slope:.2f}$, $s={fit.midpoint:.1f}$, error {fit.rms_error:.3f})"
    )


def main() -> None:
    """Write ``paper/figures/fig2`` as PDF, PNG and TeX."""
    arguments()
    manager = ConfigManager()
    plain, expanded = manager.load_env_config(0), manager.load_env_config(EXPANDED)
    slope, midpoint, budget = plain.sigmoid_k_list[0], plain.sigmoid_s_list[0], plain.B
    slopes = sorted(expanded.sigmoid_k_list, reverse=True)
    links = sorted(load_conditions().values(), key=lambda link: link.spread_db)
    drawing, axes = figure(PAGE_INCHES, 1.7, 1, 3)
    draw_classes(axes[0], slopes, midpoint, links)
    width = draw_envelope(axes[1], slope, midpoint)
    best = maximize_sigmoids(DEMAND[None], slope, midpoint, budget, "dp")
    grant = best.allocation[0]
    delivered = DEMAND * success_probability(grant, slope, midpoint)
    draw_allocation(axes[2], DEMAND, grant, delivered)
    for place, panel in enumerate(axes):
        panel.set_title(letter(place), loc="left")
    save(drawing, "fig2")
    even = DEMAND * success_probability(budget / len(DEMAND), slope, midpoint)
    fits = [calibrate(link, budget) for link in links]
    caption = CAPTION.format(
        s=midpoint,
        k=slope,
        w=width,
        budget=budget,
        users=len(DEMAND),
        average=budget / len(DEMAND),
        bandwidth=links[0].rb_bandwidth_hz / 1e3,
        bits=links[0].packet_bits,
        slot=links[0].slot_s * 1e3,
        fits="; ".join(map(describe, slopes, links, fits)),
        dropped=int((grant == 0).sum()),
        served=int((grant > 0).sum()),
        best=100 * (1 - delivered.sum() / DEMAND.sum()),
        equal=100 * (1 - even.sum() / DEMAND.sum()),
    )
    write_figure("fig2", caption, wide=True)


if __name__ == "__main__":
    main()
