"""Measured link curves: a table of grants and success probabilities, as channel classes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from difsched.env.slice.link.calibration import LinkFit, fit_link
from difsched.errors import InputError
from difsched.typing import Floats
from difsched.utils.tables import number, read_rows

#: A logistic curve has two parameters: three points tell how well it fits.
FEWEST_POINTS = 3
#: RBs a slot, far above any, and the least step between two: the fit divides and squares.
MOST_RBS, LEAST_STEP = 1e6, 1e-6
#: What the columns must hold, for a table that lacks one.
MEANING = "r: RBs a slot, p: share of packets that get through, 0..1 (1 - error rate)"
#: Two points between these determine a slope; nearer to 0 and 1 any steep one goes through.
BETWEEN = 0.001, 0.999


@dataclass(frozen=True)
class LinkTable:
    """Channel classes of a table.

    Attributes
    ----------
    fits : dict
        Class -> its fit, in the order of the table; at least one.
    notes : list of str
        Classes that are left out, and what the table does not tell, in words.
    """

    fits: dict[str, LinkFit]
    notes: list[str]


def read_link_table(path: str | Path) -> LinkTable:
    """Read measured link curves and fit k and s of each by least squares.

    Parameters
    ----------
    path : path
        A table with a header (see `difsched.utils.tables.read_rows`): ``r``, RBs a slot, and ``p``,
        the share of packets that get through on them; with a column ``class`` a curve for each of
        its values, without it one curve. A class that has no logistic curve is left out: one of
        fewer than three rows, one that never reaches 1/2, is flat, or has its midpoint below 0 RBs.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or holds a value or a curve that is not allowed,
        or no class is left.
    """
    curves: dict[str, list[tuple[float, float]]] = {}
    percent = ""  # the first p that may be one, and where
    for line, cells in read_rows(path, ("r", "p"), ("class",), MEANING):
        place = f"in line {line}: must be a number in"
        point = (
            _number(f"{path}: r = {cells['r']!r} {place}", cells["r"], MOST_RBS),
            _number(f"{path}: p = {cells['p']!r} {place}", cells["p"], 100.0, 1.0),
        )
        if point[1] > 1 and not percent:
            percent = (
                f"p = {cells['p']!r} in line {line}: must be a number in 0..1; is p in percent? "
            )
        curves.setdefault(cells.get("class", "link"), []).append(point)
    if not curves:
        raise InputError(f"{path}: has no rows; needs {FEWEST_POINTS} for each class")
    tables = {name: _curve(path, name, points) for name, points in curves.items()}
    _check_rising(path, tables, percent)
    fits, notes, hopeless = {}, [], []
    for name, (grants, success) in tables.items():
        try:
            fits[name] = _fit(grants, success)
        except InputError as error:
            hopeless.append(f"{name} ({error})")
            continue
        if ((success > BETWEEN[0]) & (success < BETWEEN[1])).sum() < 2:
            notes.append(
                f"link {name}: jumps from 0 to 1: the table does not determine the slope, "
                f"k = {fits[name].slope:.3g} is one of many"
            )
    if not fits:
        raise InputError(f"{path}: no class has a logistic curve: {', '.join(hopeless)}")
    if hopeless:
        notes.insert(0, f"classes without a logistic curve are left out: {', '.join(hopeless)}")
    return LinkTable(fits, notes)


def _number(what: str, text: str, most: float, allowed: float | None = None) -> float:
    """Return a number in 0..``most``; a refusal names the range 0..``allowed``."""
    value = number(text)
    if value is None or not 0 <= value <= most:
        raise InputError(f"{what} 0..{allowed or most:g}")
    return value


def _curve(path: str | Path, name: str, points: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    """Return a class's grants, ascending, and success probabilities, (R,) each."""
    grants, success = np.array(points).T
    order = np.argsort(grants, kind="stable")
    grants, success = grants[order], success[order]
    twice = grants[1:][np.diff(grants) < LEAST_STEP]
    if len(twice):
        raise InputError(f"{path}: class {name} has r = {twice[0]:g} twice: must have it once")
    return grants, success


def _check_rising(path: str | Path, tables: dict[str, tuple[Floats, Floats]], percent: str) -> None:
    """Raise InputError if curves fall, error rates most likely, or are in percent."""
    falling = [
        name
        for name, (grants, success) in tables.items()
        if success[0] > success[-1] and (grants - grants.mean()) @ (success - success.mean()) < 0
    ]
    share = "p / 100" if percent else "p"
    if falling:
        raise InputError(
            f"{path}: {percent}p falls with r in class {', '.join(falling)}: must rise; is it the "
            f"error rate? give 1 - {share}"
        )
    if percent:
        raise InputError(f"{path}: {percent}give {share}")


def _fit(grants: Floats, success: Floats) -> LinkFit:
    if len(grants) < FEWEST_POINTS:
        raise InputError(f"has {len(grants)} rows, must be {FEWEST_POINTS} or more")
    if success.max() < 0.5:
        raise InputError(f"p is {success.max():.3g} at most")
    if success.min() == success.max():
        raise InputError(f"p is {success.max():.3g} on every r")
    fit = fit_link(success, grants)
    if fit.midpoint < 0:
        raise InputError(f"midpoint s = {fit.midpoint:.3g} RBs, must be >= 0")
    return fit
