"""Value iteration with a certificate, on a chain that actions do not move."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.typing import Floats

# Sums of a few hundred terms of order 1 carry rounding errors far below this.
TIE = 1e-9


@dataclass(frozen=True)
class Plan:
    """What value iteration found.

    Attributes
    ----------
    value : (S,) float64
        Optimal discounted return, within ``error`` of the truth in every state.
    policy : (S,) int64
        Greedy action; its own return is within ``2 * error`` of the optimum.
    error : float
        Certified bound, see :func:`value_iteration`.
    iterations : int
        Sweeps made.
    """

    value: Floats
    policy: NDArray[np.int64]
    error: float
    iterations: int


def value_iteration(
    reward: Floats,
    expect: Callable[[Floats], Floats],
    discount: float,
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 1_000_000,
) -> Plan:
    """Solve V(s) = max_a reward(s, a) + discount E[V(s') | s].

    With d = V_(n+1) - V_n, the truth lies between V_(n+1) + c min(d) and V_(n+1) + c max(d),
    c = discount / (1 - discount) (MacQueen 1966; Puterman 1994, section 6.6.3). The midpoint of
    the two is returned, half their distance is the error, and the sweeps stop once that is below
    ``tolerance``. This span criterion needs as many sweeps as the chain needs to mix, however
    close the discount is to one.

    Parameters
    ----------
    reward : (S, A) float64
        Reward of each action in each state. Among actions that tie, the first is taken.
    expect : callable
        Maps a value (S,) to its expectation over the next state (S,), whatever the action.
    discount : float
        In [0, 1).
    tolerance : float
        Largest certified error of a value, > 0.
    max_iterations : int
        Sweeps allowed.

    Raises
    ------
    RuntimeError
        If ``max_iterations`` sweeps do not suffice.
    """
    value = np.zeros(reward.shape[0])
    ratio = discount / (1 - discount)
    # The chain moves alike under all actions, so only the reward tells them apart.
    best = reward.max(axis=1)
    policy = np.argmax(reward >= best[:, None] - TIE, axis=1).astype(np.int64)
    for sweep in range(1, max_iterations + 1):
        change = best + discount * expect(value) - value
        value = value + change
        error = ratio * float(np.ptp(change)) / 2
        if error <= tolerance:
            shift = ratio * (float(change.max()) + float(change.min())) / 2
            return Plan(value + shift, policy, error, sweep)
    raise RuntimeError(f"value iteration is off by up to {error:g} after {max_iterations} sweeps")
