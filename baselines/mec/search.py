"""A search for many users and queues: good actions without a certificate of their own.

Greedy first. Then, for those who offload, shares and the processor's parts are improved together:
at a given order both problems are convex (upload times in the shares, service times in the
parts), so prices of lateness lead, as in `spectrum`. Then users are flipped again one by one at
the improved shares, and the whole is repeated from slightly changed decisions.
"""

from dataclasses import dataclass

import numpy as np

from difsched.env.mec.actions import CLAIM, PRIORITY, SHARE
from difsched.env.mec.columns import Column, check_observation
from difsched.env.mec.config import MecConfig
from difsched.env.mec.splits import lift
from difsched.typing import Floats
from difsched.utils.seeding import window_seeds

from .greedy import greedy
from .rules import urgency
from .shares import improve_shares
from .solution import Solution, evaluate

#: Rounds of the search; users flipped at random, and noise of the deadlines by which they are
#: ordered, at the start of each.
ROUNDS, KICKS, NOISE_S = 6, 3, 0.1


def search(observation: Floats, config: MecConfig, rounds: int = ROUNDS, key: int = 0) -> Solution:
    """Return the best action found in each window; the bound is infinite.

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
        Any number of clusters.
    rounds : int
        More find more.
    key : int
        Of the changes from which each round starts. They are drawn from what is seen of the
        window, so the same window gets the same action, alone or among others.

    Returns
    -------
    Solution
        Actions (W, N, 3): shares, priorities, claims. See `relaxation.upper_bound` for a bound.
    """
    seen = check_observation(observation, config)
    action = np.zeros((*seen.shape[:2], 3))
    value = np.zeros(len(seen))
    for number, seed in enumerate(window_seeds(seen, key)):
        found = _search(seen[number][None], np.random.default_rng(seed), rounds, config)
        action[number], value[number] = found.action[0], found.value[0]
    return Solution(action, value, np.full(len(seen), np.inf))


@dataclass(frozen=True)
class _Found:
    action: Floats
    value: Floats

    def better(self, other: "_Found") -> "_Found":
        return self if self.value[0] >= other.value[0] else other


def _search(seen: Floats, rng: np.random.Generator, rounds: int, config: MecConfig) -> _Found:
    action = as_table(greedy(seen, config), seen, config)
    best = _Found(action, evaluate(action, seen, config))
    best = best.better(_climb(best, seen, config))
    for _ in range(rounds):
        changed = _change(best.action, seen, rng, config)
        best = best.better(_climb(_Found(changed, evaluate(changed, seen, config)), seen, config))
    return best


def as_table(share: Floats, seen: Floats, config: MecConfig) -> Floats:
    """Write out what an action of shares alone means, (W, N, 3)."""
    deadline = seen[..., Column.DEADLINE]
    return np.stack([share, -deadline, seen[..., Column.CYCLES] / deadline], axis=-1)


def _climb(now: _Found, seen: Floats, config: MecConfig) -> _Found:
    """Improve shares and flip users in turn until neither helps."""
    best = now
    while True:
        refined = improve_shares(now.action, seen, config)
        value = evaluate(refined, seen, config)
        now = _flip(_Found(refined, value).better(now), seen, config)
        if now.value[0] <= best.value[0] + 1e-6:
            return best.better(now)
        best = now


def _flip(now: _Found, seen: Floats, config: MecConfig) -> _Found:
    """Flip the user that helps most until none does."""
    users = config.users
    rows = np.repeat(seen, users, axis=0)
    while True:
        tried = flips(now.action[0], seen, config)
        values = evaluate(tried, rows, config)
        best = values.argmax()
        if values[best] <= now.value[0] + 1e-9:
            return now
        now = _Found(tried[best][None], values[best][None])


def flips(action: Floats, seen: Floats, config: MecConfig) -> Floats:
    """Return the actions that differ in one user, (N, N, 3).

    A new user's share and claim stand to its D / T and C / T as those of the others do.
    """
    users = config.users
    served = action[:, SHARE] > 0
    table = as_table(urgency(seen), seen, config)[0]
    tried = np.tile(action, (users, 1, 1))
    for column in (SHARE, CLAIM):
        usual = table[:, column].copy()
        if served.any():
            usual *= action[served, column].sum() / usual[served].sum()
        new = np.where(served, 0.0, usual)
        tried[np.arange(users), np.arange(users), column] = new
    tried[..., SHARE] = lift(tried[..., SHARE], config.least_share)
    return tried


def _change(action: Floats, seen: Floats, rng: np.random.Generator, config: MecConfig) -> Floats:
    """Flip some users at random and disturb the order."""
    changed = action
    for user in rng.choice(config.users, min(KICKS, config.users), replace=False):
        changed = flips(changed[0], seen, config)[user][None]
    changed = changed.copy()
    changed[..., PRIORITY] += NOISE_S * rng.standard_normal(changed.shape[:2])
    return changed
