"""The best time sharing under floors, by cutting planes: a certified bound, and a mixture near it.

For any multipliers mu >= 0, D(mu) = max over r of [J(r) + mu . (g(r) - f)] is at least what every
policy delivers that keeps the floors (weak duality), whatever it sees, since J and g are functions
of the grants alone. Each mu gives an allocation, and with it a cut of D; the linear programme over
the cuts has as its dual the best mixture of these allocations, which meets the floors on average:
random time sharing among iterates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.promised.cuts import LARGEST, Cuts
from difsched.baselines.promised.problem import FloorProblem
from difsched.errors import InputError
from difsched.typing import Floats, Ints

#: Rounds at most, and the gap of bound and mixture, in shares of the packets, at which they end.
ROUNDS, TOLERANCE = 200, 1e-5


@dataclass(frozen=True)
class TimeSharing:
    """The optimum of a `FloorProblem`, between a bound and a mixture.

    Attributes
    ----------
    bound : float
        Certified: no policy that keeps the floors delivers a larger share J.
    gain : float
        J of the mixture, at most the bound.
    multipliers : (N,) ndarray of float
        Those of the bound, >= 0: what J gains with one point of a user's floor less.
    grants : (K, T, N) ndarray of int
        Allocations that are mixed.
    weights : (K,) ndarray of float
        Their probabilities, each > 0; they sum to 1.
    """

    bound: float
    gain: float
    multipliers: Floats
    grants: NDArray[np.int64]
    weights: Floats


def most(
    problem: FloorProblem,
    rounds: int = ROUNDS,
    tolerance: float = 1e-4,
    enough: float = float("inf"),
) -> float:
    """Return how much of all floors at once can be kept: the largest s with g >= s f.

    Certified from above, and within the tolerance of it; infinite where nothing is promised. The
    search ends early where a mixture keeps ``enough`` of them.
    """
    due = problem.due
    if not due.any():
        return float("inf")
    # By duality it is the least over mu >= 0 with mu . f = 1 of the largest mu . g.
    cuts, best, mu = Cuts(due), float("inf"), due / (due @ due)
    for _ in range(rounds):
        shares = problem.shares(problem.best(mu, weight=0.0))
        best = min(best, float(mu @ shares))
        cuts.add(0.0, shares)
        value, mu = cuts.scaled()
        if best - value <= tolerance or value >= enough:
            break
    return best


def solve(
    problem: FloorProblem,
    rounds: int = ROUNDS,
    tolerance: float = TOLERANCE,
    start: Floats | None = None,
) -> TimeSharing:
    """Return the best time sharing that keeps the floors.

    The next multipliers are the best of the cuts within a trust region around the best ones so
    far; it doubles where the bound fell, and halves where it did not.

    Parameters
    ----------
    problem : FloorProblem
    rounds : int
        Allocations that are tried at most.
    tolerance : float
        Gap of bound and mixture at which the search ends.
    start : (N,) ndarray, optional
        First multipliers.

    Raises
    ------
    InputError
        If no policy keeps the floors.
    """
    due = problem.due
    cuts, tried = Cuts(due), []
    best, centre = float("inf"), np.zeros(len(due))
    mu, radius = centre if start is None else start, 1 / len(due)
    for _ in range(rounds):
        grants = problem.best(mu)
        gain, shares = problem.gain(grants), problem.shares(grants)
        tried.append(grants)
        cuts.add(gain, shares)
        bound = gain + float(mu @ (shares - due))
        if bound < best:
            best, centre, radius = bound, mu, min(2 * radius, LARGEST)
        else:
            radius /= 2
        value, weights, missing = cuts.optimum()
        # A bound below 0 is that of no policy at all.
        if best < 0 or (best - value <= tolerance and missing <= tolerance):
            break
        mu = cuts.next(centre, radius)
    if missing > 1e-3:
        check_feasible(problem)
    used = np.flatnonzero(weights > 1e-12)
    kept = weights[used] / weights[used].sum()
    return TimeSharing(best, value, centre, np.stack([tried[k] for k in used]), kept)


def check_feasible(problem: FloorProblem, said: str = "floor") -> None:
    """Raise InputError if no policy keeps the floors; the line says what can be kept."""
    if (share := most(problem, enough=1.0)) < 1:
        raise InputError(
            f"{said}: infeasible: at most {share:.3g} times what is promised can be kept, such as "
            f"{share * problem.due.max():.3g} instead of {problem.due.max():.3g}"
        )


def plan(problem: FloorProblem, mixture: TimeSharing) -> Ints:
    """Return one allocation (T, N) that does as the mixture does: each window one of its grants.

    Window by window the one is taken that leaves the largest remaining debt smallest, which keeps
    what users get so far next to the mixture's mean.
    """
    options = np.stack([problem.delivered(grants) for grants in mixture.grants]) / problem.offered
    wanted = np.tensordot(mixture.weights, options, axes=1)
    chosen, behind = np.empty(problem.packets.shape, dtype=np.int64), np.zeros(len(problem.floor))
    for window in range(len(chosen)):
        left = behind + wanted[window] - options[:, window]
        pick = int((left**2).sum(axis=1).argmin())
        chosen[window], behind = mixture.grants[pick, window], left[pick]
    return chosen
