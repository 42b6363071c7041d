"""CSV traces of a user's own: which a folder holds, what is in them, their digest."""

import csv
import hashlib
import math
import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.utils.files import reading, sha256

COLUMNS = ("window", "packets", "packets_predicted")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
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
    with reading(path, "CSV"), Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, skipinitialspace=True, strict=True)
        header = next(rows, [])
        places = {name: header.index(name) for name in _columns(path, header)}
        found: dict[str, list[float]] = {name: [] for name in places}
        for row in filter(None, rows):
            place = f"line {rows.line_num}"
            if len(row) > len(header):
                raise ValueError(f"{place} has more values than the {len(header)} columns")
            for name, numbers in found.items():
                # A row may lack its last values.
                text = row[places[name]].strip() if places[name] < len(row) else ""
                try:
                    numbers.append(_number(name, text, numbers[-1:], window_length))
                except ValueError as allowed:
                    line = f"{path}: {name} = {text!r} in {place}: must be {allowed}"
                    raise InputError(line) from None
    if not found["window"]:
        raise InputError(f"{path}: has no rows; needs one for each window")
    packets = np.array(found["packets"], dtype=np.int64)
    forecast = found.get(COLUMNS[2])
    return packets, None if forecast is None else np.clip(forecast, 0.0, window_length)


def _columns(path: str | Path, header: list[str]) -> list[str]:
    """Return the columns of a header that are read; raise InputError if it is not one."""
    if not header:
        raise ValueError("it is empty")
    for name in COLUMNS:
        if header.count(name) > 1:
            raise InputError(f"{path}: column {name} is there twice")
    for name in COLUMNS[:2]:
        if name not in header:
            raise InputError(f"{path}: column {name} is missing; has {', '.join(header)}")
    return [name for name in COLUMNS if name in header]


def _number(name: str, text: str, last: list[float], window_length: int) -> float:
    """Return a column's number; raise ValueError with what is allowed if it is none."""
    number = float(text) if NUMBER.fullmatch(text) else math.nan
    if name == "packets":
        if not (0 <= number <= window_length and number.is_integer()):
            raise ValueError(f"a whole number in 0..{window_length}")
    elif not math.isfinite(number):
        raise ValueError("a number" if name == "window" else "a finite number")
    elif name == "window" and last and number <= last[0]:
        raise ValueError("above the one before")
    return number


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
