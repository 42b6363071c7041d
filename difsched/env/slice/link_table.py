"""Measured link curves: a table of grants and success probabilities, as channel classes."""

from pathlib import Path

import numpy as np

from difsched.env.slice.calibration import LinkFit, fit_link
from difsched.env.slice.link import Floats
from difsched.errors import InputError
from difsched.utils.tables import number, read_rows

#: A logistic curve has two parameters: three points tell how well it fits.
FEWEST_POINTS = 3
#: RBs a slot, far above any, and the least step between two: the fit divides and squares.
MOST_RBS, LEAST_STEP = 1e6, 1e-6


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
    curves: dict[str, list[tuple[float, float]]] = {}
    for line, cells in read_rows(path, ("r", "p"), ("class",)):
        point = (
            _number(f"{path}: r = {cells['r']!r} in line {line}", cells["r"], MOST_RBS),
            _number(f"{path}: p = {cells['p']!r} in line {line}", cells["p"], 1.0),
        )
        curves.setdefault(cells.get("class", "link"), []).append(point)
    if not curves:
        raise InputError(f"{path}: has no rows; needs {FEWEST_POINTS} for each class")
    return {
        name: _fit(f"{path}: class {name}", *np.array(points).T) for name, points in curves.items()
    }


def _number(what: str, text: str, most: float) -> float:
    value = number(text)
    if value is None or not 0 <= value <= most:
        raise InputError(f"{what}: must be a number in 0..{most:g}")
    return value


def _fit(name: str, grants: Floats, success: Floats) -> LinkFit:
    order = np.argsort(grants, kind="stable")
    if len(grants) < FEWEST_POINTS or (np.diff(grants[order]) < LEAST_STEP).any():
        raise InputError(f"{name} has {len(grants)} rows: must be {FEWEST_POINTS} or more, r once")
    try:
        fit = fit_link(success[order], grants[order])
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    if fit.midpoint < 0:
        raise InputError(f"{name}: fitted midpoint s = {fit.midpoint:.3g} RBs: must be >= 0")
    return fit
