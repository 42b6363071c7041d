"""Tables of a stranger's that the suite reads: CSV traces, packet logs, link curves."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from difsched.env.slice.link.sigmoid import success_probability
from difsched.env.slice.link.table import read_link_table
from difsched.env.slice.traffic.generator import load_traffic
from difsched.env.slice.traffic.packet_log import read_packet_log, window_counts
from difsched.utils.seeding import rng
from tests.fuzz.engine import HOSTILE, ROOT_SEED, Files, Surface, encode
from tests.fuzz.log_styles import Style, write_log

Rows = list[list[str]]

#: Cells that readers of times, decimals and columns trip over.
WRITTEN = (
    *("0,5", "1,234", "1.234,5", "1'234.5", "12:34", "12:34:56,7", "99:99:99", "2025-02-30"),
    *("2025-11-27T16:16:58+99:99", "2025-11-27 16:16:58", "0001-01-01T00:00:00", "1e-400", "-5"),
    *("time_ms", "frame.number", "# time", '"', '""', ";", "\t", ",,,,", "000", "1;2", "1 2"),
)
#: Styles of packet logs, each damaged in the same ways.
STYLES = (
    Style(separator=" "),
    Style("ms", ";", ",", header="comment"),
    Style("us", "\t", quoted=True, place=1, encoding="utf-16-le"),
    Style("clock", ",", quoted=True, place=2, ends="\r\n", encoding="utf-8-sig"),
    Style("date", "", header="none"),
)


def tables() -> list[Surface]:
    """Return all of them, each with small good files to damage."""
    return [_traces(), *map(_packet_log, STYLES), *_link_tables()]


def _traces() -> Surface:
    counts = rng(ROOT_SEED, "fuzz", "csv").integers(0, 201, size=40)
    rows = [["window", "packets", "packets_predicted"]]
    rows += [[str(i), str(count), f"{count + 0.5}"] for i, count in enumerate(counts)]
    names = [f"x_{split}.csv" for split in ("train", "test")]
    return _surface("trace CSV", rows, names, lambda folder: load_traffic("x", traces=folder), ",")


def _packet_log(style: Style) -> Surface:
    gaps = rng(ROOT_SEED, "fuzz", "log").integers(2, 30, size=60)
    times = 1_700_000_000_000_000 + 1000 * np.cumsum(gaps)
    good = write_log(times.tolist(), style)
    between = style.separator or "\x1f"
    rows = [line.split(between) for line in good.decode(style.encoding).split(style.ends)]

    def read(folder: Path) -> None:
        log = read_packet_log(
            folder / "log.txt", unit=style.told_unit, column=style.column, where={"1": "*"}
        )
        window_counts(log.times)

    def join(rows: Rows) -> bytes:
        text = style.ends.join(between.join(row) for row in rows)
        return text.encode(style.encoding, errors="surrogatepass")

    return _distorted("packet log", rows, ["log.txt"], read, join)


def _link_tables() -> list[Surface]:
    points = [
        [name, str(grant), f"{float(success_probability(grant, slope, 9.0)):.6f}"]
        for name, slope in (("near", 0.4), ("far", 0.15))
        for grant in range(0, 40, 4)
    ]
    rows = [["class", "r", "p"], *points]
    commas = [[cell.replace(".", ",") for cell in row] for row in rows]
    return [
        _surface(
            "link table",
            cells,
            ["link.csv"],
            lambda folder: read_link_table(folder / "link.csv"),
            between,
        )
        for cells, between in ((rows, ","), (commas, ";"))
    ]


def _surface(
    name: str, good: Rows, paths: Sequence[str], read: Callable[[Path], Any], between: str
) -> Surface:
    """Return a table as a surface, its cells joined by a separator."""

    def join(rows: Rows) -> bytes:
        return encode("".join(between.join(row) + "\n" for row in rows))

    return _distorted(name, good, paths, read, join)


def _distorted(
    name: str,
    good: Rows,
    paths: Sequence[str],
    read: Callable[[Path], Any],
    join: Callable[[Rows], bytes],
) -> Surface:
    """Return a table as a surface: one of its files has a cell removed, doubled or replaced."""

    def distort(random: Random) -> Files:
        rows = [row.copy() for row in good]
        row = random.choice(rows if random.random() < 0.7 else rows[:1])
        place = random.randrange(len(row))
        kind = random.randrange(5)
        if kind == 0:
            del row[place]
        elif kind == 1:
            row.insert(place, row[place])
        elif kind == 2:
            row[place] = random.choice(WRITTEN)
        else:
            row[place] = str(random.choice(HOSTILE))[:6000]
        return {**files, random.choice(sorted(files)): join(rows)}

    files = {path: join(good) for path in paths}
    return Surface(name, files, read, distort)
