"""The oracle: the best that a window's budget can deliver, with a certificate.

``maximize_sigmoids`` works on plain arrays and needs nothing else of the suite; ``OraclePolicy``
makes a scheduler of it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.baselines.slice.sigmoids.problem import Solution, check_problem
from difsched.baselines.slice.sigmoids.solvers import solve_by_cvxpy, solve_by_dual, solve_exactly
from difsched.env.slice.columns import Column
from difsched.errors import InputError
from difsched.typing import Ints

__all__ = ["METHODS", "OraclePolicy", "Solution", "maximize_sigmoids"]

_SOLVERS = {"dp": solve_exactly, "dual": solve_by_dual, "cvxpy": solve_by_cvxpy}
METHODS = tuple(_SOLVERS)


def maximize_sigmoids(
    demand: ArrayLike, slope: ArrayLike, midpoint: ArrayLike, budget: int, method: str = "dual"
) -> Solution:
    """Share a budget of whole units so that a sum of sigmoids is as large as possible.

    In each of W independent windows, N users share B resource blocks (RBs). User i has u_i packets
    to send, and with r_i RBs each of them gets through with probability

        p_i(r_i) = 1 / (1 + exp(-k_i (r_i - s_i))).

    Wanted are whole numbers r_i >= 0 with sum_i r_i <= B that maximise the expected number of
    packets that get through, sum_i u_i p_i(r_i). More RBs never hurt, so the whole budget is
    spent. The sum is not concave: it can be best to serve some users well and drop the others.

    Parameters
    ----------
    demand : (W, N) array_like
        Packets u in the window, >= 0; need not be whole, so forecasts will do.
    slope : (W, N) array_like or float
        Slope k of the sigmoid, 1/RB, > 0. One number holds for all users.
    midpoint : (W, N) array_like or float
        Midpoint s, RB, any sign: a user with s RBs gets half of its packets through.
    budget : int
        RBs B to share in each window, >= 0.
    method : {"dp", "dual", "cvxpy"}
        ``"dp"``: the exact optimum, by dynamic programming over what the dual leaves open.
        ``"dual"``: a bound by the concave envelopes and a feasible point near it, typically within
        0.001 % of the optimum, and faster than ``"dp"`` where N is large.
        ``"cvxpy"``: the same by a linear programme in CVXPY, one window at a time: a reference
        whose bound shares no code with the dual's search. About a hundred times slower.

    Returns
    -------
    Solution
        ``allocation`` (W, N) int64, RBs, each row summing to B; ``value`` (W,), the expected
        packets it gets through; ``upper_bound`` (W,), which no allocation can exceed. For
        ``"dp"`` the two are equal; otherwise their difference bounds, window by window, what
        may be missing.

    Raises
    ------
    InputError
        A ValueError naming the argument: NaN or infinite entries, negative demand, a slope not
        above 0, a negative or fractional budget, shapes that do not match, an unknown method.
    RuntimeError
        If CVXPY's solver does not report an optimum.

    Notes
    -----
    The concave envelope of a sigmoid on r >= 0 is a chord up to a tangent point and the sigmoid
    beyond; with one budget row, at most one user of the envelopes' optimum is off its sigmoid, so
    the bound is off by one user's part at most [1]_. ``"dp"`` and ``"dual"`` do not depend on the
    order of users, except that of identical users the earlier ones come first.

    References
    ----------
    .. [1] M. Udell and S. Boyd, "Bounding duality gap for separable problems with linear
       constraints", Computational Optimization and Applications 64, 2016; arXiv:1410.4158.

    Examples
    --------
    >>> solution = maximize_sigmoids([[50, 60, 70]], slope=0.3, midpoint=10, budget=30)
    >>> solution.allocation
    array([[ 0, 15, 15]])
    >>> solution.value.round(1)
    array([108.7])
    """
    problem = check_problem(demand, slope, midpoint, budget)
    _check_method(method)
    return _SOLVERS[method](problem)


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise InputError(f"method = {method!r}: must be one of {', '.join(METHODS)}")


@dataclass(frozen=True)
class OraclePolicy:
    """The scheduler that takes the demand it is shown for the truth and solves the window.

    Fed the true demand it is the ``oracle``, fed forecasts it is ``oracle_predicted``.

    Attributes
    ----------
    budget : int
        RBs a slot, spent whole.
    method : {"dp", "dual", "cvxpy"}
        As in :func:`maximize_sigmoids`.
    """

    budget: int
    method: str = "dp"

    def __post_init__(self) -> None:
        """Check the method; the budget is checked with each window."""
        _check_method(self.method)

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return RBs (W, N) for observations (W, N, 4): demand, last demand, k, s."""
        # A forecast below zero means no traffic.
        demand = np.maximum(observation[..., Column.DEMAND], 0.0)
        slope, midpoint = observation[..., Column.SLOPE], observation[..., Column.MIDPOINT]
        return maximize_sigmoids(demand, slope, midpoint, self.budget, self.method).allocation
