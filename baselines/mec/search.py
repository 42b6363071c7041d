"""A search for many users and queues: good actions without a certificate of their own.

Greedy first. Then, for those who offload, shares and the processor's parts are improved together:
at a given order both problems are convex (upload times in the shares, service times in the
parts), so prices of lateness lead, as in `spectrum`. Then users are flipped again one by one at
the improved shares, and the whole is repeated from slightly changed decisions.
"""

from dataclasses import dataclass

import numpy as np

from difsched.env.mec.action import CLAIM, PRIORITY, SHARE
from difsched.env.mec.config import Config
from difsched.env.mec.observation import Column, check_observation
from difsched.env.mec.physics import Floats

from .greedy import greedy
from .rules import urgency
from .shares import improve_shares
from .solution import Solution, evaluate
from .splits import lift

#: Rounds of the search; users flipped at random, and noise of the deadlines by which they are
#: ordered, at the start of each.
ROUNDS, KICKS, NOISE_S = 6, 3, 0.1


def search(
    config: Config, observation: Floats, rng: np.random.Generator, rounds: int = ROUNDS
) -> Solution:
    """Return the best action found in each window; the bound is infinite.

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
        Any number of clusters.
    rng : numpy.random.Generator
        Draws the changes from which each round starts.
    rounds : int
        More find more.

    Returns
    -------
    Solution
        Actions (W, N, 3): shares, priorities, claims. See `relaxation.upper_bound` for a bound.
    """
    seen = check_observation(config, observation)
    action = np.zeros((*seen.shape[:2], 3))
    value = np.zeros(len(seen))
    for number, window in enumerate(seen):
        found = _search(config, window[None], rng, rounds)
        action[number], value[number] = found.action[0], found.value[0]
    return Solution(action, value, np.full(len(seen), np.inf))


@dataclass(frozen=True)
class _Found:
    action: Floats
    value: Floats

    def better(self, other: "_Found") -> "_Found":
        return self if self.value[0] >= other.value[0] else other


def _search(config: Config, seen: Floats, rng: np.random.Generator, rounds: int) -> _Found:
    action = as_table(config, greedy(config, seen), seen)
    best = _Found(action, evaluate(config, action, seen))
    best = best.better(_climb(config, best, seen))
    for _ in range(rounds):
        changed = _change(config, best.action, seen, rng)
        best = best.better(_climb(config, _Found(changed, evaluate(config, changed, seen)), seen))
    return best


def as_table(config: Config, share: Floats, seen: Floats) -> Floats:
    """Write out what an action of shares alone means, (W, N, 3)."""
    deadline = seen[..., Column.DEADLINE]
    return np.stack([share, -deadline, seen[..., Column.CYCLES] / deadline], axis=-1)


def _climb(config: Config, now: _Found, seen: Floats) -> _Found:
    """Improve shares and flip users in turn until neither helps."""
    best = now
    while True:
        refined = improve_shares(config, now.action, seen)
        value = evaluate(config, refined, seen)
        now = _flip(config, _Found(refined, value).better(now), seen)
        if now.value[0] <= best.value[0] + 1e-6:
            return best.better(now)
        best = now


def _flip(config: Config, now: _Found, seen: Floats) -> _Found:
    """Flip the user that helps most until none does."""
    users = config.users
    rows = np.repeat(seen, users, axis=0)
    while True:
        tried = flips(config, now.action[0], seen)
        values = evaluate(config, tried, rows)
        best = values.argmax()
        if values[best] <= now.value[0] + 1e-9:
            return now
        now = _Found(tried[best][None], values[best][None])


def flips(config: Config, action: Floats, seen: Floats) -> Floats:
    """Return the actions that differ in one user, (N, N, 3).

    A new user's share and claim stand to its D / T and C / T as those of the others do.
    """
    users = config.users
    served = action[:, SHARE] > 0
    table = as_table(config, urgency(seen), seen)[0]
    tried = np.tile(action, (users, 1, 1))
    for column in (SHARE, CLAIM):
        usual = table[:, column].copy()
        if served.any():
            usual *= action[served, column].sum() / usual[served].sum()
        new = np.where(served, 0.0, usual)
        tried[np.arange(users), np.arange(users), column] = new
    tried[..., SHARE] = lift(tried[..., SHARE], config.least_share)
    return tried


def _change(config: Config, action: Floats, seen: Floats, rng: np.random.Generator) -> Floats:
    """Flip some users at random and disturb the order."""
    changed = action
    for user in rng.choice(config.users, min(KICKS, config.users), replace=False):
        changed = flips(config, changed[0], seen)[user][None]
    changed = changed.copy()
    changed[..., PRIORITY] += NOISE_S * rng.standard_normal(changed.shape[:2])
    return changed
