"""CSV traces of a user's own: which a folder holds, what is in them, their digest."""

import hashlib
import math
import os
from array import array
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.utils.files import sha256
from difsched.utils.tables import number, read_rows

COLUMNS = ("window", "packets", "packets_predicted")
SPLITS = ("train", "test")


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
            f"traces = {str(directory)!r}: must hold a pair NAME_train.csv, NAME_test.csv"
        )
    return known


def read_trace_csv(
    path: str | Path, window_length: int
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Read a trace: columns ``window,packets`` and, optionally, ``packets_predicted``.

    Parameters
    ----------
    path : path
        A CSV file with a header; one row a window, ``window`` increasing.
    window_length : int
        Slots in a window: the largest count allowed.

    Returns
    -------
    packets : (T,) int
    forecast : (T,) float, or None
        The column ``packets_predicted`` clipped to 0..L; None where the file has none.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, lacks a column, or holds a value that is not allowed.
    """
    found: dict[str, array[float]] = {}
    for line, cells in read_rows(path, COLUMNS[:2], COLUMNS[2:]):
        for name, text in cells.items():
            numbers = found.setdefault(name, array("d"))
            last = numbers[-1] if numbers else -math.inf
            try:
                numbers.append(_number(name, text, last, window_length))
            except ValueError as allowed:
                raise InputError(
                    f"{path}: {name} = {text!r} in line {line}: must be {allowed}"
                ) from None
    if not found:
        raise InputError(f"{path}: has no rows; needs one for each window")
    packets = np.array(found["packets"]).astype(np.int64)
    forecast = found.get(COLUMNS[2])
    return packets, None if forecast is None else np.clip(forecast, 0.0, window_length)


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
