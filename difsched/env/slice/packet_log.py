"""Packet logs, a timestamp a line, as window counts in the format of CSV traces."""

import math
import re
from array import array
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.config.base import check_int, check_number
from difsched.env.slice.traces import SPLITS
from difsched.errors import InputError
from difsched.utils.files import reading, write_text
from difsched.utils.tables import MAX_TABLE, number

SLOT_US = 1000  # a slot of 1 ms, in microseconds
#: More would be 23 days of windows of 200 ms: a sign of timestamps that are not in seconds.
MOST_WINDOWS = 10_000_000
TRAIN_SHARE = 0.6


def read_packet_log(path: str | Path) -> NDArray[np.float64]:
    """Read when packets were sent: a timestamp a line, or in the first of several columns.

    Columns end at a comma, a semicolon or a space. Empty lines and those that begin with ``#`` are
    left out, and so is a first line that is no number, a header.

    Parameters
    ----------
    path : path
        Text; timestamps in seconds from any origin, never going back.

    Returns
    -------
    (P,) float
        Seconds, P >= 1.

    Raises
    ------
    InputError
        If the file cannot be read, holds no timestamp or one that is not allowed.
    """
    times = array("d")
    with reading(path, "text", MAX_TABLE), Path(path).open(encoding="utf-8-sig") as file:
        first = True
        for line, content in enumerate(file, start=1):
            text = re.split(r"[,;\s]", content.strip(), maxsplit=1)[0]
            if not text or text.startswith("#"):
                continue
            value, header, first = number(text), first, False
            if value is None and header:
                continue
            place = f"{path}: {text!r} in line {line}"
            if value is None or not math.isfinite(value):
                raise InputError(f"{place}: must be a finite number of seconds")
            if times and value < times[-1]:
                raise InputError(f"{place}: must not be less than {times[-1]:.6f} s before it")
            times.append(value)
    if not times:
        raise InputError(f"{path}: holds no timestamp; needs one for each packet")
    return np.array(times)


def window_counts(times: ArrayLike, window_length: int = 200) -> NDArray[np.int64]:
    """Count the packets of each whole window from the first packet on.

    Times count to the microsecond, so that a packet on the edge of a window falls into the later
    one whatever the rounding of its float. What comes after the last whole window is left out.

    Parameters
    ----------
    times : (P,) array_like
        Seconds, ascending, P >= 1.
    window_length : int
        Slots of 1 ms in a window, >= 1: also the most packets that a window can have.

    Returns
    -------
    (T,) int

    Raises
    ------
    InputError
        If not even one window is whole, there are absurdly many, or one has too many packets.
    """
    check_int("window_length", window_length, 1)
    seconds = np.asarray(times, dtype=np.float64)
    length = SLOT_US * window_length
    span = float(seconds[-1] - seconds[0])
    if span * 1e6 / length > MOST_WINDOWS:
        raise InputError(
            f"timestamps span {span:.4g} s, more than {MOST_WINDOWS} windows: must be in seconds"
        )
    place = np.rint((seconds - seconds[0]) * 1e6).astype(np.int64) // length
    counts = np.bincount(place)[:-1]
    if not len(counts):
        raise InputError(f"timestamps span {span:.4g} s: must be a window of {window_length} ms")
    if (most := int(counts.max())) > window_length:
        start = seconds[0] + int(counts.argmax()) * length / 1e6
        raise InputError(
            f"{most} packets in the window from {start:.6f} s: must be at most one a slot of 1 ms, "
            f"{window_length} in all"
        )
    return counts


def write_traces(
    name: str, counts: NDArray[np.int64], folder: str | Path, train_share: float = TRAIN_SHARE
) -> dict[str, int]:
    """Write ``NAME_train.csv`` and ``NAME_test.csv``: the first windows, and the rest.

    Parameters
    ----------
    name : str
        Of the dataflow.
    counts : (T,) int
        Packets a window, T >= 2.
    folder : path
    train_share : float
        Share of the windows that are for training, in (0, 1).

    Returns
    -------
    dict
        Split -> its windows.

    Raises
    ------
    InputError
        If the share leaves a split without a window.
    """
    share = check_number("train_share", train_share, 0, 1, open_low=True)
    first = round(share * len(counts))
    if not 0 < first < len(counts):
        raise InputError(
            f"train_share = {train_share:g} of {len(counts)} windows: must leave a window for each "
            "of training and test"
        )
    ranges = dict(zip(SPLITS, (range(first), range(first, len(counts))), strict=True))
    for split, windows in ranges.items():
        rows = [f"{window},{counts[window]}\n" for window in windows]
        write_text(Path(folder) / f"{name}_{split}.csv", "".join(["window,packets\n", *rows]))
    return {split: len(windows) for split, windows in ranges.items()}
