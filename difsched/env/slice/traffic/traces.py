"""CSV traces of a user's own: which a folder holds, what is in them, their digest."""

import hashlib
import math
import os
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from difsched.config.base import check_number
from difsched.errors import InputError
from difsched.utils.files import sha256, write_text
from difsched.utils.tables import number, read_rows

COLUMNS = ("window", "packets", "packets_predicted")
SPLITS = ("train", "test")
#: Windows of the longest trace: 23 days of 200 ms.
MOST_WINDOWS = 10_000_000
#: An index of windows may count in seconds: its steps are told apart to a millionth.
INDEX_UNITS = 1_000_000
TRAIN_SHARE = 0.6


def trace_names(directory: str | Path) -> list[str]:
    """Return each NAME of which the folder holds ``NAME_train.csv`` and ``NAME_test.csv``.

    Raises
    ------
    InputError
        If the folder is missing or holds no such pair.
    """
    folder = Path(directory)
    if not os.path.isdir(folder):
        raise InputError(f"traces = {str(directory)!r}: must be a folder of CSV traces")
    names = (path.name.removesuffix("_train.csv") for path in folder.glob("*_train.csv"))
    known = sorted(name for name in names if (folder / f"{name}_test.csv").is_file())
    if not known:
        raise InputError(
            f"traces = {str(directory)!r}: {_held(folder)}; must hold a pair NAME_train.csv, "
            "NAME_test.csv: difsched traffic NAME=LOG makes one"
        )
    return known


def check_pair(name: str, directory: str | Path) -> None:
    """Raise InputError, with what is there and what to do, unless a folder holds NAME's pair."""
    known = trace_names(directory)
    if name not in known:
        folder = str(directory)
        raise InputError(
            f"dataflow = {name!r}: traces {folder!r} {_held(Path(directory))} and needs "
            f"{name}_train.csv and {name}_test.csv: make them by difsched traffic {name}=LOG "
            f"--out {folder}, or give difsched --config FILE.yaml with dataflow: {known[0]}"
        )


def _held(folder: Path) -> str:
    """Return in words which traces a folder holds."""
    files = sorted(path.name for path in folder.glob("*.csv"))
    return f"holds {', '.join(files[:8])}{', ...' * (len(files) > 8)}" if files else "holds no CSV"


@dataclass(frozen=True)
class CsvTrace:
    """A trace as a CSV file holds it.

    Attributes
    ----------
    packets : (T,) ndarray of int
        Packets a window.
    forecast : (T,) ndarray of float, or None
        The column ``packets_predicted`` clipped to 0..L; None where the file has none.
    notes : tuple of str
        What was made of the file beyond its rows, in words.
    """

    packets: NDArray[np.int64]
    forecast: NDArray[np.float64] | None
    notes: tuple[str, ...] = ()


def read_trace_csv(path: str | Path, window_length: int) -> CsvTrace:
    """Read a trace: columns ``window,packets`` and, optionally, ``packets_predicted``.

    Windows that the index skips are windows without packets; the step of the index is the greatest
    that divides all differences, so that times of windows are an index too. The first windows may
    lack a forecast, as one made from earlier windows does, and are left out then.

    Parameters
    ----------
    path : path
        A CSV file with a header; one row a window, ``window`` increasing.
    window_length : int
        Slots in a window: the largest count allowed.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, lacks a column, or holds a value that is not allowed.
    """
    found: dict[str, array[float]] = {}
    left_out = rows = 0
    for line, cells in read_rows(path, COLUMNS[:2], COLUMNS[2:]):
        rows += 1
        if left_out == rows - 1 and cells.get(COLUMNS[2]) == "":
            left_out += 1
        for name, text in cells.items():
            numbers = found.setdefault(name, array("d"))
            last = numbers[-1] if numbers else -math.inf
            if name == COLUMNS[2] and rows == left_out:
                continue
            try:
                numbers.append(_number(name, text, last, window_length))
            except ValueError as allowed:
                raise InputError(
                    f"{path}: {name} = {text!r} in line {line}: must be {allowed}"
                ) from None
    if not rows:
        raise InputError(f"{path}: has no rows; needs one for each window")
    notes = []
    forecast = np.array(found[COLUMNS[2]]) if found.get(COLUMNS[2]) else None
    if forecast is None:
        left_out = 0  # none has one: the suite makes its own
    if left_out:
        notes.append(f"the first windows have no forecast: {left_out} left out")
    counts = np.array(found["packets"])[left_out:].astype(np.int64)
    places = _places(path, np.array(found["window"]))[left_out:]
    places -= places[0]
    skipped = int(places[-1]) + 1 - len(places)
    if skipped and forecast is not None:
        after = left_out + 1 + int((np.diff(places) > 1).argmax())
        raise InputError(
            f"{path}: window skips {skipped} windows, the first after {after} rows, and "
            "packets_predicted has no value for them: must have a row for each window"
        )
    packets = np.zeros(int(places[-1]) + 1, dtype=np.int64)
    packets[places] = counts
    if skipped:
        notes.append(f"the index skips {skipped} windows: taken as windows without packets")
    clipped = None if forecast is None else np.clip(forecast, 0.0, window_length)
    return CsvTrace(packets, clipped, tuple(notes))


def _places(path: str | Path, index: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place, from 0, of each window of an increasing index (T,), in steps of its own."""
    with np.errstate(over="ignore"):
        steps = np.rint(np.diff(index) * INDEX_UNITS)
    if not len(steps):
        return np.zeros(1, dtype=np.int64)
    if steps.min() < 1 or steps.max() > 2**53:
        raise InputError(f"{path}: window must ascend in steps of 1e-6..1e10")
    step = int(np.gcd.reduce(steps.astype(np.int64)))
    places = np.concatenate([[0], np.cumsum(steps.astype(np.int64) // step)])
    if places[-1] >= MOST_WINDOWS:
        raise InputError(
            f"{path}: window = {index[0]:g}..{index[-1]:g} in steps of {step / INDEX_UNITS:g}: "
            f"must be an index of at most {MOST_WINDOWS} windows"
        )
    return places


def _number(name: str, text: str, last: float, window_length: int) -> float:
    """Return a column's number; raise ValueError with what is allowed if it is none."""
    value = number(text)
    if name == "packets":
        if value is None or not (0 <= value <= window_length and value.is_integer()):
            raise ValueError(f"a whole number in 0..{window_length}")
    elif value is None or not math.isfinite(value):
        raise ValueError("a number" if name == "window" else "a finite number")
    elif name == "window" and value <= last:
        raise ValueError("above the one before")
    return value


def trace_digest(directory: str | Path) -> str:
    """Return a SHA-256 over names and contents of the CSVs that the suite would read.

    Raises
    ------
    InputError
        If the folder is missing or holds no pair of CSVs.
    """
    digest = hashlib.sha256()
    for name in trace_names(directory):
        for split in SPLITS:
            file = f"{name}_{split}.csv"
            digest.update(f"{file} {sha256(Path(directory) / file)}\n".encode())
    return digest.hexdigest()


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
