"""F1: the traffic of both dataflows, its signal, its counts and their forecast."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from difsched.env.slice.traffic import Trace, Traffic, load_traffic
from difsched.utils.files import read_json
from paper.style import PAGE_INCHES, arguments, figure, save
from paper.tex import escape, provenance, write_figure

SHOWN_WINDOWS = 60
UNITS = {"position": ("finger position (cm)", 100.0), "force": ("finger force (N)", 1.0)}
CAPTION = (
    r"Traffic, one row a dataflow. Left: {seconds:.0f}\,s of the generated signal and, as ticks, "
    r"the samples that its deadband lets through as packets. Middle: packets in each of "
    r"{windows} consecutive 200-ms windows of the test trace and the forecast made before each "
    r"(root mean square error over the whole trace: {errors}). Right: distribution of the counts "
    r"over all test windows ({n}), in bins of 8."
)
SEEN, FORECAST, OTHER = "#0072B2", "#D55E00", "#999999"


def draw_signal(axes: Axes, traffic: Traffic) -> None:
    """Draw the excerpt of a generated signal and its transmissions."""
    assert traffic.excerpt is not None
    time, signal, sent = (traffic.excerpt[name] for name in ("time", "signal", "sent"))
    label, scale = UNITS["position" if signal.shape[1] > 1 else "force"]
    styles = ("-", "--", ":")
    for component, line in zip(signal.T, styles, strict=False):
        axes.plot(time - time[0], scale * component, line, color=SEEN, linewidth=0.9)
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.2 * (high - low), high)
    ticks = (time - time[0])[sent]
    base = np.full(len(ticks), low - 0.2 * (high - low))
    axes.vlines(ticks, base, base + 0.1 * (high - low), color="black", linewidth=0.15)
    axes.set(xlabel="time (s)", ylabel=label)


def draw_counts(axes: Axes, traffic: Traffic) -> None:
    """Draw counts and forecasts of consecutive test windows."""
    windows = np.arange(SHOWN_WINDOWS)
    axes.step(
        windows, traffic.test.packets[:SHOWN_WINDOWS], where="mid", color=SEEN, label="packets"
    )
    axes.plot(
        windows,
        traffic.test.forecast[:SHOWN_WINDOWS],
        color=FORECAST,
        marker="o",
        markersize=2,
        linewidth=0.7,
        label="forecast",
    )
    axes.set(xlabel="window of 200 ms", ylabel="packets a window", ylim=(0, None))


def shares(trace: Trace, bins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the percentage of a trace's windows in each bin."""
    return 100 * np.histogram(trace.packets, bins)[0] / len(trace.packets)


def draw_distribution(axes: Axes, traffic: Traffic, generated: Traffic) -> None:
    """Draw the histogram of counts; beside a trace's, that of the generator."""
    bins = np.arange(0, traffic.window_length + 1, 8)
    axes.stairs(shares(traffic.test, bins), bins, color=SEEN)
    if traffic.origin == "traces":
        axes.stairs(
            shares(generated.test, bins), bins, color=OTHER, linestyle="--", label="generator"
        )
        axes.legend(loc="upper right")
    axes.set(xlabel="packets a window", ylabel="test windows (%)", xlim=(0, traffic.window_length))


def main() -> None:
    """Write ``paper/figures/fig1`` as PDF, PNG and TeX."""
    options = arguments()
    spec = read_json(options.workspace / "spec.json")
    traffics = [
        Traffic.load(path) for path in sorted((options.workspace / "traffic").glob("*.npz"))
    ]
    generators = [t if t.origin == "generated" else load_traffic(t.dataflow) for t in traffics]
    drawing, axes = figure(PAGE_INCHES, 1.75 * len(traffics), len(traffics), 3)
    for row, (traffic, generated) in enumerate(zip(traffics, generators, strict=True)):
        signal, counts, distribution = axes[3 * row : 3 * row + 3]
        draw_signal(signal, generated)
        draw_counts(counts, traffic)
        draw_distribution(distribution, traffic, generated)
        signal.set_title(traffic.dataflow, loc="left")
        counts.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
    save(drawing, "fig1")
    errors = ", ".join(
        f"{escape(t.dataflow)} {np.sqrt(np.mean((t.test.packets - t.test.forecast) ** 2)):.1f}"
        for t in traffics
    )
    assert generators[0].excerpt is not None
    time = generators[0].excerpt["time"]
    caption = CAPTION.format(
        seconds=time[-1] - time[0],
        windows=SHOWN_WINDOWS,
        errors=errors,
        n=", ".join(f"{escape(t.dataflow)} {len(t.test.packets)}" for t in traffics),
    )
    if spec["traces"] is not None:
        caption += " The signal is the generator's: CSV traces hold counts alone."
    write_figure("fig1", f"{caption} {provenance(options.workspace)}", wide=True)


if __name__ == "__main__":
    main()
