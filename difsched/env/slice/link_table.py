"""Measured link curves: a table of grants and success probabilities, as channel classes."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difsched.env.slice.calibration import LinkFit, fit_link
from difsched.env.slice.link import Floats
from difsched.errors import InputError

#: A logistic curve has two parameters: three points tell how well it fits.
FEWEST_POINTS = 3


def read_link_table(path: str | Path) -> dict[str, LinkFit]:
    """Read measured link curves and fit k and s of each by least squares.

    Parameters
    ----------
    path : path
        A CSV with a header: ``r``, RBs a slot, and ``p``, the share of packets that get through on
        them; with a column ``class`` a curve for each of its values, without it one curve.

    Returns
    -------
    dict
        Class -> its fit, in the order of the table.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or holds a value or a curve that is not allowed.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as CSV: {' '.join(str(error).split())}") from None
    for column in ("r", "p"):
        if column not in frame:
            raise InputError(
                f"{path}: column {column} is missing; has {', '.join(map(str, frame))}"
            )
    if frame.empty:
        raise InputError(f"{path}: has no rows; needs {FEWEST_POINTS} for each class")
    values = {
        "r": _numbers(frame, "r", float("inf"), path),
        "p": _numbers(frame, "p", 1.0, path),
    }
    classes = frame["class"] if "class" in frame else pd.Series("link", index=frame.index)
    return {
        str(name): _fit(f"{path}: class {name}", values["r"][rows], values["p"][rows])
        for name, rows in classes.groupby(classes, sort=False).indices.items()
    }


def _numbers(frame: pd.DataFrame, column: str, most: float, path: str | Path) -> Floats:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
    wrong: NDArray[np.bool_] = ~(np.isfinite(values) & (values >= 0) & (values <= most))
    if wrong.any():
        row = int(np.argmax(wrong))
        allowed = "a number >= 0" if most == float("inf") else f"a number in 0..{most:g}"
        raise InputError(
            f"{path}: {column} = {frame[column].iloc[row]!r} in line {row + 2}: must be {allowed}"
        )
    return values


def _fit(name: str, grants: Floats, success: Floats) -> LinkFit:
    order = np.argsort(grants, kind="stable")
    if len(grants) < FEWEST_POINTS or (np.diff(grants[order]) == 0).any():
        raise InputError(f"{name} has {len(grants)} rows: must be {FEWEST_POINTS} or more, r once")
    try:
        fit = fit_link(success[order], grants[order])
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    if fit.midpoint < 0:
        raise InputError(f"{name}: fitted midpoint s = {fit.midpoint:.3g} RBs: must be >= 0")
    return fit
