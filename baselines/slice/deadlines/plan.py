"""Feasible plans for a known episode: moves of one window, and of two users at once."""

from dataclasses import dataclass

import numpy as np

from difsched.baselines.slice.deadlines.bound import LARGEST_GRANT, bound
from difsched.baselines.slice.deadlines.episode import Episode
from difsched.baselines.slice.deadlines.programme import best_plans
from difsched.typing import Floats, Ints
from difsched.utils.knapsack import allocate


@dataclass(frozen=True)
class Solution:
    """A plan and its certificate.

    Attributes
    ----------
    grants : (N, T) ndarray of int
        RBs, each window summing to at most B.
    value : float
        Packets that it loses on average.
    bound : float
        Packets that every plan loses at least.
    """

    grants: Ints
    value: float
    bound: float


def solve(episode: Episode, rounds: int = 60, pair_rounds: int = 4) -> Solution:
    """Return a feasible plan of the episode with a certified bound on what may be missing."""
    limit = bound(episode, rounds)
    starts = [np.minimum(limit.plans, LARGEST_GRANT), turns(episode)]
    found = [_improved(episode, start, pair_rounds) for start in starts]
    grants = min(found, key=episode.loss)
    return Solution(grants, episode.loss(grants), limit.value)


def turns(episode: Episode) -> Ints:
    """Return the plan (N, T) that serves every user once in D + 1 windows, by the knapsack.

    Users of equal number modulo D + 1 take turns; shares deliver most of all that they hold.
    """
    users, windows = episode.packets.shape
    grants = np.zeros((users, windows), dtype=np.int64)
    waiting = np.zeros((users, episode.delay))
    for window in range(windows):
        held = np.concatenate([episode.packets[:, [window]], waiting], axis=1)
        served = np.arange(users) % (episode.delay + 1) == window % (episode.delay + 1)
        worth = (held.sum(axis=1) * served)[:, None] * (1 - episode.failure[:, window])
        grants[:, window] = allocate(worth[None])[0]
        failed = episode.failure[np.arange(users), window, grants[:, window]]
        waiting = held[:, :-1] * failed[:, None]
    return grants


def _improved(episode: Episode, grants: Ints, rounds: int) -> Ints:
    grants = window_moves(episode, grants, sweeps=10)
    for _ in range(rounds):
        before = episode.loss(grants)
        grants = window_moves(episode, pair_moves(episode, grants), sweeps=10)
        if before - episode.loss(grants) <= 1e-9:
            break
    return grants


def marginal_weights(episode: Episode, grants: Ints, window: int) -> Floats:
    """Return c (N,): with all other windows fixed, the loss is c . q(r) and a constant."""
    failed = episode.failures(grants)
    total = np.zeros(len(grants))
    last = grants.shape[1] - episode.delay
    for born in range(max(0, window - episode.delay), min(window + 1, last)):
        others = [t for t in range(born, born + episode.delay + 1) if t != window]
        total += episode.packets[:, born] * failed[:, others].prod(axis=1)
    return total


def window_moves(episode: Episode, grants: Ints, sweeps: int) -> Ints:
    """Solve each window's knapsack with the others fixed, sweep by sweep to a standstill.

    The result keeps the budget even where ``grants`` (N, T) do not, since every window is solved.
    """
    grants = grants.copy()
    loss = np.inf
    for _ in range(sweeps):
        for window in range(grants.shape[1]):
            worth = marginal_weights(episode, grants, window)[:, None]
            grants[:, window] = allocate(worth[None] * (1 - episode.failure[:, window]))[0]
        now = episode.loss(grants)
        if loss - now <= 1e-9:
            break
        loss = now
    return grants


def pair_moves(episode: Episode, grants: Ints) -> Ints:
    """Split what each two users hold anew in all windows at once, exactly, for every pair."""
    grants = grants.copy()
    for first in range(len(grants)):
        for second in range(first):
            pair = [first, second]
            grants[pair] = _split(episode, pair, grants[pair].sum(axis=0))
    return grants


def _split(episode: Episode, pair: list[int], held: Ints) -> Ints:
    """Return the best plans (2, T) of two users who hold (T,) RBs together."""
    choices = np.arange(held.max() + 1)
    given = np.minimum(choices, held[:, None])
    split = np.stack([given, held[:, None] - given])
    failure = np.take_along_axis(episode.failure[pair], split, axis=-1)
    cost = np.where(choices <= held[:, None], 0.0, np.inf)
    _, plan = best_plans(episode.packets[pair][None], failure[None], cost[None], episode.delay)
    return np.stack([plan[0], held - plan[0]])
