"""F1: the traffic of both dataflows, generated and real: signal, counts, forecast, distribution."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from difsched.env.slice.traffic.generator import Trace, Traffic, load_traffic
from difsched.env.slice.traffic.prediction import forecast_errors
from difsched.utils.files import read_json
from experiments.paths import Layout
from experiments.rendering.arguments import arguments
from experiments.rendering.style import PAGE_INCHES, figure, save
from experiments.rendering.tex import escape, provenance, write_figure

SHOWN_WINDOWS = 40
PERCENTS = np.arange(1, 100)
UNITS = {"position": ("finger position (cm)", 100.0), "force": ("finger force (N)", 1.0)}
CAPTION = (
    r"Traffic, one row a dataflow. First column: {seconds:.0f}\,s of the generated signal and, as "
    r"ticks, the samples that its deadband lets through as packets. {counts}: packets in each of "
    r"{windows} consecutive 200-ms windows of the test trace and the forecast made before each. "
    r"{last} Root mean square errors over the whole test trace, in packets (forecast / persistence "
    r"/ AR(12) on counts alone): {errors}."
)
HISTOGRAM = r"Last: distribution of the counts over all test windows ({n}), in bins of 8."
QUANTILES = (
    r"Last: percentiles 1 to 99 of the generated counts against the traces', test windows ({n}); "
    r"the grey line is equality. The signal is the generator's: CSV traces hold counts alone."
)
SEEN, FORECAST, EQUAL = "#0072B2", "#D55E00", "#999999"


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


def draw_counts(axes: Axes, trace: Trace, most: float) -> None:
    """Draw counts and forecasts of consecutive windows on an axis up to ``most`` packets."""
    windows = np.arange(SHOWN_WINDOWS)
    axes.step(windows, trace.packets[:SHOWN_WINDOWS], where="mid", color=SEEN, label="packets")
    axes.plot(
        windows,
        trace.forecast[:SHOWN_WINDOWS],
        color=FORECAST,
        marker="o",
        markersize=2,
        linewidth=0.7,
        label="forecast",
    )
    axes.set(xlabel="window of 200 ms", ylabel="packets a window", ylim=(0, most))


def draw_distribution(axes: Axes, traffic: Traffic) -> None:
    """Draw the histogram of the test counts."""
    bins = np.arange(0, traffic.window_length + 8, 8)
    shares = 100 * np.histogram(traffic.test.packets, bins)[0] / len(traffic.test.packets)
    axes.stairs(shares, bins, color=SEEN)
    axes.set(xlabel="packets a window", ylabel="test windows (%)", xlim=(0, bins[-1]))


def draw_quantiles(axes: Axes, traffic: Traffic, generated: Traffic) -> None:
    """Draw the percentiles of the generator's test counts against those of the traces."""
    real, drawn = (np.percentile(t.test.packets, PERCENTS) for t in (traffic, generated))
    most = 1.05 * max(real[-1], drawn[-1])
    axes.plot([0, most], [0, most], color=EQUAL, linewidth=0.8)
    axes.plot(real, drawn, ".", color=SEEN, markersize=3)
    axes.set(xlabel="traces (packets)", ylabel="generator (packets)", aspect="equal")
    axes.set(xlim=(0, most), ylim=(0, most))


def errors(traffic: Traffic) -> str:
    """Return the test forecast's errors and those of the two that need no signal, TeX."""
    test, train = traffic.test, traffic.train.packets
    values = forecast_errors(test.packets, test.forecast, train, traffic.window_length)
    return " / ".join(f"{values[name]:.1f}" for name in ("forecast", "persistence", "ar12"))


def shown_most(traces: list[Trace]) -> float:
    """Return the upper end of an axis for the windows that are shown."""
    shown: list[NDArray[np.float64]] = [t.packets[:SHOWN_WINDOWS].astype(float) for t in traces]
    shown += [t.forecast[:SHOWN_WINDOWS] for t in traces]
    return 1.05 * float(np.max([values.max() for values in shown]))


def load(folder: Path) -> tuple[list[Traffic], list[Traffic]]:
    """Return a workspace's traffic, forward (fr) before backward (bk), and the generator's."""
    traffics = [Traffic.load(path) for path in sorted(folder.glob("*.npz"), reverse=True)]
    return traffics, [t if t.origin == "generated" else load_traffic(t.dataflow) for t in traffics]


def main() -> None:
    """Write ``paper/figures/fig1`` as PDF, PNG and TeX."""
    options = arguments()
    real = read_json(options.workspace / "spec.json")["traces"] is not None
    traffics, generators = load(Layout(options.workspace).traffic_path("any").parent)
    columns = 4 if real else 3
    drawing, axes = figure(PAGE_INCHES, 1.75 * len(traffics), len(traffics), columns)
    lines = []
    for row, (traffic, generated) in enumerate(zip(traffics, generators, strict=True)):
        panels = axes[columns * row : columns * (row + 1)]
        sources = {"generator": generated} | ({"traces": traffic} if real else {})
        draw_signal(panels[0], generated)
        panels[0].set_title(traffic.dataflow, loc="left")
        most = shown_most([source.test for source in sources.values()])
        for panel, (name, source) in zip(panels[1:], sources.items(), strict=False):
            draw_counts(panel, source.test, most)
            panel.set_title(name, loc="left")
            lines.append(f"{escape(traffic.dataflow)}, {name}, {errors(source)}")
        if real:
            draw_quantiles(panels[-1], traffic, generated)
        else:
            draw_distribution(panels[-1], traffic)
    drawing.legend(*axes[1].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    save(drawing, "fig1")
    assert generators[0].excerpt is not None
    time = generators[0].excerpt["time"]
    numbers = ", ".join(f"{escape(t.dataflow)} {len(t.test.packets)}" for t in traffics)
    caption = CAPTION.format(
        seconds=time[-1] - time[0],
        counts="Second, generator, and third, traces" if real else "Second",
        windows=SHOWN_WINDOWS,
        last=(QUANTILES if real else HISTOGRAM).format(n=numbers),
        errors="; ".join(lines),
    )
    write_figure("fig1", f"{caption} {provenance(options)}", wide=True)


if __name__ == "__main__":
    main()
