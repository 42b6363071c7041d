"""What ``difsched oracle``, ``traffic`` and ``sanity`` do; `difsched.cli.main` parses.

Each takes the parsed arguments, calls what the suite has, says what came of it, and raises
InputError at bad input.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.cli.slice_problem import read_slices
from difsched.config.base import check_int
from difsched.env.slice.family import slice_traffic
from difsched.env.slice.link.sigmoid import success_probability
from difsched.env.slice.link.table import read_link_table
from difsched.env.slice.traffic.packet_log import PacketLog, read_packet_log, window_counts
from difsched.env.slice.traffic.traces import write_traces
from difsched.errors import InputError, within
from difsched.evaluation.windows import check_windows
from difsched.sanity.report import as_text, sanity_report
from difsched.sanity.warnings import MOSTLY_EMPTY
from difsched.typing import Floats
from difsched.utils.files import check_output
from difsched.utils.terminal import aligned, say


def oracle(arguments: argparse.Namespace) -> None:
    """Share the budget of one window."""
    demand = np.array(arguments.demand)
    slope, midpoint = (_channel(name, getattr(arguments, name), len(demand)) for name in "ks")
    solution = maximize_sigmoids(
        demand[None], slope[None], midpoint[None], arguments.budget, arguments.solver
    )
    grants = solution.allocation[0]
    chance = success_probability(grants, slope, midpoint)
    value, bound = float(solution.value[0]), float(solution.upper_bound[0])
    rows = [["user", "packets", "RBs", "success", "delivered"]]
    for user, (packets, grant, share) in enumerate(zip(demand, grants, chance, strict=True)):
        rows.append(
            [f"{user}", f"{packets:g}", f"{grant}", f"{share:.3f}", f"{packets * share:.1f}"]
        )
    values = {
        "allocation": grants.tolist(),
        "success": chance.tolist(),
        "value": value,
        "upper_bound": bound,
    }
    text = f"{aligned(rows)}\ndelivered {value:.3f} of {demand.sum():g}; at most {bound:.3f}"
    say(values, text, arguments.json)


def _channel(name: str, text: str, users: int) -> Floats:
    """Return numbers (N,) of a list with commas, one for all users or one for each."""
    try:
        values = np.array([float(part) for part in text.split(",")])
        return np.broadcast_to(values, (users,))
    except ValueError:
        raise InputError(
            f"--{name} {text!r}: must be a number, or one for each of {users} users with commas"
        ) from None


def sanity(arguments: argparse.Namespace) -> None:
    """Report on traffic and links before any training."""
    check_windows("--windows", arguments.windows)
    slices = read_slices(arguments.config, arguments.traces, arguments.link)
    flows = {config.dataflow: config for config in slices.values()}
    report = sanity_report(
        slices,
        {name: slice_traffic(config) for name, config in flows.items()},
        None if arguments.link is None else read_link_table(arguments.link),
        arguments.windows,
    )
    say(report, as_text(report), arguments.json)


def traffic(arguments: argparse.Namespace) -> None:
    """Make CSV traces of packet logs."""
    named = [_named(text) for text in arguments.logs]
    if len({name for name, _ in named}) < len(named):
        raise InputError(f"logs = {' '.join(arguments.logs)}: must have different names")
    length = check_int("--window", arguments.window, 1)
    check_output("--out", arguments.out, "folder")
    # All are read before any is written.
    logs = {name: _read(path, arguments, length) for name, path in named}
    counts = {name: _counts(path, logs[name], length) for name, path in named}
    values: dict[str, Any] = {}
    lines = []
    for name, windows in counts.items():
        sizes = write_traces(name, windows, arguments.out, arguments.train_share)
        empty = float((windows == 0).mean())
        values[name] = {**sizes, "reading": logs[name].reading, "empty": empty}
        lines.append(f"{name}: {logs[name].reading}")
        lines.append(
            f"{name}: {len(windows)} windows of {length} ms, {windows.mean():.1f} packets each; "
            f"the first {sizes['train']} train, the last {sizes['test']} test"
        )
        if empty > MOSTLY_EMPTY:
            lines.append(
                f"warning: {name}: {empty:.0%} of the windows are empty: is the unit right "
                "(--unit), and the column (--column)?"
            )
    lines.append(f"written to {arguments.out}; next: difsched sanity --traces {arguments.out}")
    say(values, "\n".join(lines), arguments.json)


def _named(text: str) -> tuple[str, Path]:
    name, sign, path = text.rpartition("=")
    if not sign:
        name = Path(text).stem
    if not name.replace("_", "").replace("-", "").isalnum():
        raise InputError(f"log {text!r}: its name must be a word of letters, digits, _ and -")
    return name, Path(path)


def _read(path: Path, arguments: argparse.Namespace, window_length: int) -> PacketLog:
    where = {}
    for text in arguments.where:
        column, sign, value = text.partition("=")
        if not sign or not column:
            raise InputError(f"--where {text!r}: must be COLUMN=VALUE")
        where[column] = value
    return read_packet_log(
        path,
        unit=arguments.unit,
        column=arguments.column,
        where=where,
        window_length=window_length,
    )


def _counts(path: Path, log: PacketLog, window_length: int) -> NDArray[np.int64]:
    with within(f"{path}: "):
        return window_counts(log.times, window_length)
