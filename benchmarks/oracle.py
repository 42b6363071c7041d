"""Time of the oracle's methods, side by side in one process.

``python -m benchmarks.oracle`` prints one table: microseconds a window of the exact
method, the dual, and CVXPY's relaxation with the compiled programme and with one compiled anew for
each window, and how far the feasible points and the bounds are from the optimum.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.baselines.slice.sigmoids.convex import envelope_program, solve_relaxation
from difsched.baselines.slice.sigmoids.problem import Problem, check_problem
from difsched.utils.seeding import rng
from difsched.utils.terminal import OneLineParser
from difsched.utils.timing import microseconds

SLOPES = (0.1, 0.2, 0.3, 0.4, 0.5)
MIDPOINT = 10.0
REBUILDS = 10


@dataclass(frozen=True)
class Size:
    """One row of the table: users and budget, and windows for the fast and the slow methods."""

    users: int
    budget: int
    windows: int
    lp_windows: int


SIZES = (Size(8, 100, 4096, 100), Size(20, 200, 2048, 50), Size(100, 1000, 256, 10))
COLUMNS = (
    "dp",
    "dual",
    "cvxpy warm",
    "cvxpy rebuilt",
    "warm / dual",
    "gap mean",
    "gap worst",
    "bound mean",
)


def typical_problem(size: Size, seed: int = 999) -> Problem:
    """Return windows with demands like the haptic traces' (gamma, mean 53, sd 29, at most 200).

    Parameters
    ----------
    size : Size
        Users, budget, windows.
    seed : int
        Root of the random stream.
    """
    generator = rng(seed, "bench", "oracle", size.users)
    shape = (size.windows, size.users)
    demand = np.clip(generator.gamma(3.4, 15.5, shape).round(), 0, 200)
    return check_problem(demand, generator.choice(SLOPES, shape), MIDPOINT, size.budget)


def measure(size: Size) -> NDArray[np.float64]:
    """Return one row: a value for each of ``COLUMNS``; gaps in percent of the offered packets."""
    problem = typical_problem(size)
    few = problem.take(slice(0, size.lp_windows))
    fields = (problem.demand, problem.slope, problem.midpoint, problem.budget)
    exact, dual = (maximize_sigmoids(*fields, method) for method in ("dp", "dual"))
    solve_relaxation(few)  # compiles

    def rebuilt() -> None:
        for window in range(REBUILDS):
            envelope_program.cache_clear()
            solve_relaxation(few.take(slice(window, window + 1)))

    times = [
        microseconds(lambda: maximize_sigmoids(*fields, "dp"), size.windows),
        microseconds(lambda: maximize_sigmoids(*fields, "dual"), size.windows),
        microseconds(lambda: solve_relaxation(few), size.lp_windows),
        microseconds(rebuilt, REBUILDS),
    ]
    offered = problem.demand.sum(axis=1) / 100
    gap = (exact.value - dual.value) / offered
    bound = (dual.upper_bound - exact.value) / offered
    return np.array([*times, times[2] / times[1], gap.mean(), gap.max(), bound.mean()])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = OneLineParser(prog="./run_all.sh bench oracle", description=__doc__)
    parser.parse_args(arguments)
    print("Microseconds a window, and percent of the offered packets: dual's feasible point below")
    print("the optimum (gap) and its bound above it (bound).")
    print(f"{'(N, B)':>12}" + "".join(f"{name:>15}" for name in COLUMNS))
    for size in SIZES:
        row = measure(size)
        label = f"({size.users}, {size.budget})"
        cells = [f"{value:15.1f}" for value in row[:5]] + [f"{value:15.4f}" for value in row[5:]]
        print(f"{label:>12}" + "".join(cells), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
