"""Tables of a stranger's that the suite reads: CSV traces, packet logs, link curves."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from difsched.env.slice.link import success_probability
from difsched.env.slice.link_table import read_link_table
from difsched.env.slice.packet_log import read_packet_log, window_counts
from difsched.env.slice.traffic import load_traffic
from difsched.utils.seeding import rng
from experiments.fuzz import HOSTILE, ROOT_SEED, Files, Surface, encode

Rows = list[list[str]]


def tables() -> list[Surface]:
    """Return all of them, each with small good files to damage."""
    return [_traces(), _packet_log(), _link_table()]


def _traces() -> Surface:
    counts = rng(ROOT_SEED, "fuzz", "csv").integers(0, 201, size=40)
    rows = [["window", "packets", "packets_predicted"]]
    rows += [[str(i), str(count), f"{count + 0.5}"] for i, count in enumerate(counts)]
    names = [f"x_{split}.csv" for split in ("train", "test")]
    return _surface("trace CSV", rows, names, lambda folder: load_traffic("x", traces=folder), ",")


def _packet_log() -> Surface:
    gaps = rng(ROOT_SEED, "fuzz", "log").integers(2, 30, size=60)
    times = 1.7e9 + np.cumsum(gaps) / 1000
    rows = [["time", "bytes"], *([f"{time:.6f}", "88"] for time in times)]
    return _surface(
        "packet log",
        rows,
        ["log.txt"],
        lambda folder: window_counts(read_packet_log(folder / "log.txt").times),
        " ",
    )


def _link_table() -> Surface:
    points = [
        [name, str(grant), f"{float(success_probability(grant, slope, 9.0)):.6f}"]
        for name, slope in (("near", 0.4), ("far", 0.15))
        for grant in range(0, 40, 4)
    ]
    rows = [["class", "r", "p"], *points]
    return _surface(
        "link table", rows, ["link.csv"], lambda folder: read_link_table(folder / "link.csv"), ","
    )


def _surface(
    name: str, good: Rows, paths: Sequence[str], read: Callable[[Path], Any], between: str
) -> Surface:
    """Return a table as a surface: one of its files has a cell removed, doubled or replaced."""

    def join(rows: Rows) -> bytes:
        return encode("".join(between.join(row) + "\n" for row in rows))

    def distort(random: Random) -> Files:
        rows = [row.copy() for row in good]
        row = random.choice(rows if random.random() < 0.7 else rows[:1])
        place = random.randrange(len(row))
        kind = random.randrange(4)
        if kind == 0:
            del row[place]
        elif kind == 1:
            row.insert(place, row[place])
        else:
            row[place] = str(random.choice(HOSTILE))[:6000]
        return {**files, random.choice(sorted(files)): join(rows)}

    files = {path: join(good) for path in paths}
    return Surface(name, files, read, distort)
