"""A bound on the loss of every policy: prices of RBs decouple the users.

For any prices lambda >= 0, the sum over users of min over plans of [loss + lambda . grants], less
B sum(lambda), is at most the loss of every plan that keeps the budget (weak duality). Expected
outcomes are a function of the grants alone, so the bound holds for every policy, whatever it sees.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from difsched.baselines.slice.deadlines.episode import Episode
from difsched.baselines.slice.deadlines.programme import best_plans
from difsched.typing import Floats, Ints

#: Grants beyond it are replaced by one that costs as much and fails as the whole budget does.
LARGEST_GRANT = 60


@dataclass(frozen=True)
class Bound:
    """A certified lower bound, and the plans that attain it.

    Attributes
    ----------
    value : float
        Packets that every plan within the budget loses at least.
    prices : (T,) ndarray
        Packets an RB, >= 0.
    plans : (N, T) ndarray of int
        Each user's best plan at the prices, RBs; together they may exceed the budget.
    """

    value: float
    prices: Floats
    plans: Ints


def priced(episode: Episode, prices: Floats, largest: int = LARGEST_GRANT) -> tuple[Floats, Ints]:
    """Return each user's least loss plus cost (N,) at prices (T,), and its plan (N, T).

    Grants of more than ``largest`` RBs are relaxed, so the values are never too high.
    """
    failure = relaxed(episode, largest)
    grants = np.arange(failure.shape[-1])
    cost = np.broadcast_to(prices[:, None] * grants, (len(failure), *failure.shape[1:]))
    return best_plans(episode.packets[:, None], failure[:, None], cost, episode.delay)


def relaxed(episode: Episode, largest: int) -> Floats:
    """Return the failures (N, T, R), in which the last choice is worth the whole budget."""
    if episode.budget <= largest:
        return episode.failure
    least = episode.failure[..., largest:].min(axis=-1, keepdims=True)
    return np.concatenate([episode.failure[..., :largest], least], axis=-1)


def bound(
    episode: Episode,
    rounds: int = 60,
    tolerance: float = 1e-5,
    start: Floats | None = None,
    largest: int = LARGEST_GRANT,
) -> Bound:
    """Raise the bound over prices, by cutting planes in a trust region.

    Each user and distinct plan gives a cut; the model's optimum within the region is the next
    price. The region doubles where it binds and the bound rose, and halves where it fell.

    Parameters
    ----------
    episode : Episode
    rounds : int
        At most so many prices are tried.
    tolerance : float
        Relative gap of model and bound at which the search ends.
    start : (T,) ndarray, optional
        First prices, packets an RB.
    largest : int
        See `priced`.
    """
    users, windows = episode.packets.shape
    if start is None:
        start = np.full(windows, episode.packets.mean() / max(episode.budget, 1))
    failure, cuts = relaxed(episode, largest), _Cuts(users, windows, episode.budget)
    model = Episode(episode.packets, failure, episode.delay)
    # The price 0 is a bound too, and the best where the budget never binds.
    best = _at(model, np.zeros(windows), episode.budget, cuts)
    radius, centre = float(start.mean()) + 1e-9, start
    for _ in range(rounds):
        found = _at(model, centre, episode.budget, cuts)
        if found.value > best.value:
            best, radius = found, 2 * radius
        else:
            radius /= 2
        centre, optimum = cuts.optimum(best.prices, radius)
        inside = (np.abs(centre - best.prices) < radius * (1 - 1e-6)) | (centre <= 0)
        if optimum - best.value <= tolerance * max(abs(best.value), 1e-3) and inside.all():
            break
    return best


def _at(model: Episode, prices: Floats, budget: int, cuts: "_Cuts") -> Bound:
    values, plans = priced(model, prices, model.budget)
    cuts.add(plans, model.user_loss(plans))
    return Bound(float(values.sum() - budget * prices.sum()), prices, plans)


class _Cuts:
    """Losses and plans of each user, which bound what it can reach at any prices."""

    def __init__(self, users: int, windows: int, budget: int) -> None:
        self.users, self.windows, self.budget = users, windows, budget
        self._known: dict[tuple[int, bytes], tuple[Ints, float]] = {}

    def add(self, plans: Ints, losses: Floats) -> None:
        """Add a plan (T,) of each user; one that is known changes nothing."""
        for user, (plan, loss) in enumerate(zip(plans, losses, strict=True)):
            self._known[user, plan.tobytes()] = plan, float(loss)

    def optimum(self, centre: Floats, radius: float) -> tuple[Floats, float]:
        """Return the best prices (T,) of the model within the region, and the model's value."""
        owner = np.array([user for user, _ in self._known])
        grants = np.array([plan for plan, _ in self._known.values()])
        losses = np.array([loss for _, loss in self._known.values()])
        row, column = grants.nonzero()
        matrix = coo_array(
            (
                np.concatenate([-grants[row, column], np.ones(len(owner))]),
                (
                    np.concatenate([row, np.arange(len(owner))]),
                    np.concatenate([column, self.windows + owner]),
                ),
            ),
            shape=(len(owner), self.windows + self.users),
        )
        limits = [(max(price - radius, 0.0), price + radius) for price in centre]
        found = linprog(
            np.concatenate([np.full(self.windows, float(self.budget)), -np.ones(self.users)]),
            A_ub=matrix.tocsr(),
            b_ub=losses,
            bounds=limits + [(None, None)] * self.users,
            method="highs",
        )
        if found.x is None:
            raise RuntimeError(f"HiGHS found no prices: {found.message}")
        return np.maximum(found.x[: self.windows], 0.0), -float(found.fun)
