"""CSV traces of a user's own: which a folder holds, what is in them, their digest."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.utils.files import sha256

SPLITS = ("train", "test")


def trace_names(directory: str | Path) -> list[str]:
    """Return each NAME of which the folder holds ``NAME_train.csv`` and ``NAME_test.csv``.

    Raises
    ------
    InputError
        If the folder is missing or holds no such pair.
    """
    folder = Path(directory)
    if not folder.is_dir():
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
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as CSV: {' '.join(str(error).split())}") from None
    for column in ("window", "packets"):
        if column not in frame:
            raise InputError(
                f"{path}: column {column} is missing; has {', '.join(map(str, frame))}"
            )
    if frame.empty:
        raise InputError(f"{path}: has no rows; needs one for each window")
    if not isinstance(frame.index, pd.RangeIndex):
        raise InputError(f"{path}: rows have more values than the {len(frame.columns)} columns")
    windows = _numbers(frame, "window", path, "a number")
    _refuse(frame, "window", np.diff(windows, prepend=-np.inf) <= 0, path, "above the one before")
    allowed = f"a whole number in 0..{window_length}"
    packets = _numbers(frame, "packets", path, allowed)
    wrong = (packets < 0) | (packets > window_length) | (packets != np.floor(packets))
    _refuse(frame, "packets", wrong, path, allowed)
    if "packets_predicted" not in frame:
        return packets.astype(np.int64), None
    forecast = _numbers(frame, "packets_predicted", path, "a finite number")
    return packets.astype(np.int64), np.clip(forecast, 0.0, window_length)


def _numbers(
    frame: pd.DataFrame, column: str, path: str | Path, allowed: str
) -> NDArray[np.float64]:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
    _refuse(frame, column, ~np.isfinite(values), path, allowed)
    return values


def _refuse(
    frame: pd.DataFrame, column: str, wrong: NDArray[np.bool_], path: str | Path, allowed: str
) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        value = frame[column].iloc[row]
        raise InputError(f"{path}: {column} = {value!r} in line {row + 2}: must be {allowed}")


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
