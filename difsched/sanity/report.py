"""The sanity report of traffic and links: what there is to learn, before any training.

Statistics of every trace, the link classes, and for each configuration how hard it is (kappa) and
what an equal split and the oracle, on the forecast and on the truth, lose on the common test
windows. What looks wrong is said in words.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.baselines.slice.behaviour_policies import difficulty
from difsched.config import EnvironmentConfig
from difsched.env.slice.link.table import LinkTable
from difsched.env.slice.traffic.generator import Trace, Traffic
from difsched.env.slice.traffic.prediction import root_mean_square
from difsched.env.slice.traffic.traces import SPLITS
from difsched.evaluation.scoring import mean_loss
from difsched.sanity.warnings import link_warnings, slice_warnings, traffic_warnings
from difsched.utils.terminal import aligned

LAGS = (1, 2, 5)
QUANTILES = (5, 25, 50, 75, 95)
#: Schedulers whose loss is reported.
SCHEDULERS = ("equal", "oracle_predicted", "oracle")


def sanity_report(
    slices: Mapping[str, EnvironmentConfig],
    traffic: Mapping[str, Traffic],
    links: LinkTable | None,
    n_windows: int,
) -> dict[str, Any]:
    """Return the report as plain values.

    Parameters
    ----------
    slices : mapping
        Name -> configuration.
    traffic : mapping
        Dataflow -> traffic, for every one of the slices.
    links : LinkTable or None
        Where link curves were measured.
    n_windows : int
        Common test windows behind each loss, a multiple of 20, >= 20.

    Returns
    -------
    dict
        ``traffic``: dataflow -> split -> :func:`trace_statistics`; ``links``: class -> ``k``, ``s``
        and ``rms_error``; ``configurations``: name -> its size, ``kappa`` and losses; ``warnings``:
        list of str.
    """
    flows = {
        name: {split: trace_statistics(getattr(one, split), one.window_length) for split in SPLITS}
        for name, one in traffic.items()
    }
    classes = {
        name: {"k": fit.slope, "s": fit.midpoint, "rms_error": fit.rms_error}
        for name, fit in (links.fits if links else {}).items()
    }
    configurations = {
        name: slice_figures(config, traffic[config.dataflow], n_windows)
        for name, config in slices.items()
    }
    warnings = [note for one in traffic.values() for note in one.notes]
    warnings += [line for name, flow in flows.items() for line in traffic_warnings(name, flow)]
    warnings += links.notes if links else []
    warnings += [line for name, link in classes.items() for line in link_warnings(name, link)]
    warnings += [line for name, one in configurations.items() for line in slice_warnings(name, one)]
    return {
        "traffic": flows,
        "links": classes,
        "configurations": configurations,
        "n_windows": n_windows,
        "warnings": warnings,
    }


def trace_statistics(trace: Trace, window_length: int) -> dict[str, Any]:
    """Return the statistics of a trace, in packets a window; None for what is undefined.

    ``empty`` and ``full`` are the shares of windows with no packet and with one in every slot;
    ``lag`` maps a lag in windows to the autocorrelation; the errors are root mean squares, that of
    persistence by repeating the last count.
    """
    packets = trace.packets
    steps = np.diff(packets)
    return {
        "windows": len(packets),
        "mean": float(packets.mean()),
        "sd": float(packets.std()),
        "empty": float((packets == 0).mean()),
        "full": float((packets == window_length).mean()),
        "quantile": {str(q): float(np.percentile(packets, q)) for q in QUANTILES},
        "lag": {str(lag): autocorrelation(packets, lag) for lag in LAGS},
        "forecast_rmse": root_mean_square(trace.forecast - packets),
        "persistence_rmse": root_mean_square(steps) if len(steps) else None,
    }


def autocorrelation(packets: NDArray[np.int64], lag: int) -> float | None:
    """Return the autocorrelation of counts (T,) at a lag; None where it is undefined."""
    centred = packets - packets.mean()
    power = float(centred @ centred)
    if power == 0 or lag >= len(packets):
        return None
    return float(centred[lag:] @ centred[:-lag]) / power


def slice_figures(config: EnvironmentConfig, traffic: Traffic, n_windows: int) -> dict[str, Any]:
    """Return a configuration's size, difficulty, and the losses of ``SCHEDULERS``, in [0, 1]."""
    loss = {}
    for method in map(find, SCHEDULERS):
        policy = method.fit(Task(method.view(config), traffic))
        loss[method.name] = mean_loss(policy, method.view(config), traffic, n_windows)
    return {
        "dataflow": config.dataflow,
        "users": config.N_user,
        "budget": config.B,
        "channel_classes": len(config.sigmoid_k_list),
        "demand_states": [
            config.N_aggregation,
            min(config.N_aggregation, len(np.unique(traffic.train.packets))),
        ],
        "kappa": difficulty(config),
        "retransmit": config.retransmit,
        "loss": loss,
    }


def as_text(report: Mapping[str, Any]) -> str:
    """Return the report as tables."""
    parts = [_traffic_table(report["traffic"])]
    if report["links"]:
        parts.append(_link_table(report["links"]))
    parts.append(_slice_table(report["configurations"], report["n_windows"]))
    warnings = [f"warning: {line}" for line in report["warnings"]]
    parts.append("\n".join(warnings or ["nothing looks wrong"]))
    return "\n\n".join(parts)


def _traffic_table(flows: Mapping[str, Any]) -> str:
    head = [f"q{q}" for q in QUANTILES] + [f"lag {lag}" for lag in LAGS]
    rows = [["traffic", "windows", "mean", "sd", "P(0)", *head, "forecast", "persistence"]]
    for name, flow in flows.items():
        for split, one in flow.items():
            figures = [one["mean"], one["sd"], *one["quantile"].values()]
            errors = [_number(one[f"{kind}_rmse"], 1) for kind in ("forecast", "persistence")]
            texts = [_number(value, 1) for value in figures]
            lags = [_number(value, 2) for value in one["lag"].values()]
            empty = _number(one["empty"], 3)
            rows.append([f"{name} {split}", str(one["windows"]), *texts[:2], empty, *texts[2:]])
            rows[-1] += [*lags, *errors]
    note = "packets a window; lags: autocorrelation; forecast, persistence: root mean square errors"
    return f"{aligned(rows)}\n{note}"


def _link_table(links: Mapping[str, Any]) -> str:
    rows = [["link class", "k, 1/RB", "s, RB", "rms error"]]
    rows += [
        [name, *(_number(one[part], 3) for part in ("k", "s", "rms_error"))]
        for name, one in links.items()
    ]
    lists = {
        f"sigmoid_{part}_list": [round(one[part], 4) for one in links.values()] for part in "ks"
    }
    yaml = "\n".join(f"  {name}: {values}" for name, values in lists.items())
    return f"{aligned(rows)}\nin a YAML configuration:\n{yaml}"


def _slice_table(slices: Mapping[str, Any], n_windows: int) -> str:
    head = ["traffic", "users", "RBs", "classes", "kappa", "equal", "oracle, forecast", "truth"]
    rows = [["config", *head]]
    for name, one in slices.items():
        sizes = [one["dataflow"], *(str(one[part]) for part in ("users", "budget"))]
        losses = [_number(100 * loss, 2) for loss in one["loss"].values()]
        rows.append([name, *sizes, str(one["channel_classes"]), _number(one["kappa"], 2), *losses])
    note = f"equal, oracle: packet loss in % on {n_windows} common test windows"
    return f"{aligned(rows)}\n{note}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
