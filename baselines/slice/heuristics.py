"""Schedulers that learn nothing: splits, greedy rules, and a grant that never changes.

Where the link is used, it is the true one: the k and s that the scheduler sees, so that who needs
them does not serve a link that is given by a table. With
``retransmit`` the demand that is seen includes the packets that wait.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.slice.curves import mean_curve
from difsched.baselines.slice.sigmoids.envelope import Envelope, tangent_point
from difsched.baselines.slice.sigmoids.problem import check_problem
from difsched.baselines.slice.sigmoids.rounding import round_to_budget, share
from difsched.env.slice.allocation import scale_to_budget
from difsched.env.slice.columns import Column
from difsched.env.slice.link.sigmoid import success_probability
from difsched.policy import Policy
from difsched.typing import Floats, Ints
from difsched.utils.knapsack import allocate
from difsched.utils.seeding import integer_seed, window_seeds

Users = Any  # an index into an array of users (W, N)


@dataclass(frozen=True)
class RandomSplitPolicy:
    """Splits the budget by weights that are uniform in [0, 1], a window's own.

    They follow from what is seen of the window, so the same window always gets the same grants;
    `difsched.env.slice.random_data.RandomPolicy`, which collects data, draws anew at every call.

    Attributes
    ----------
    budget : int
        B, RBs a slot.
    key : int
        Key of the weights; see `difsched.utils.seeding.window_seeds`.
    """

    budget: int
    key: int

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        weights = np.empty(observation.shape[:2])
        for row, seed in zip(weights, window_seeds(observation, self.key), strict=True):
            np.random.default_rng(seed).random(out=row)
        return scale_to_budget(weights, self.budget)


@dataclass(frozen=True)
class EqualPolicy:
    """Splits the budget equally.

    Attributes
    ----------
    budget : int
        B, RBs a slot.
    """

    budget: int

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        return scale_to_budget(np.ones(observation.shape[:2]), self.budget)


@dataclass(frozen=True)
class ProportionalPolicy:
    """Splits the budget in proportion to the demand that it is shown.

    Attributes
    ----------
    budget : int
        B, RBs a slot.
    """

    budget: int

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        return scale_to_budget(_demand(observation), self.budget)


@dataclass(frozen=True)
class ConstantPolicy:
    """Grants the same in every window.

    Attributes
    ----------
    grant : (N,) ndarray of int
        RBs a slot of each user.
    """

    grant: Ints

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        return np.tile(self.grant, (len(observation), 1))


@dataclass(frozen=True)
class TopPolicy:
    """Serves the m users of largest demand and water-fills the budget among them.

    Water-filling gives the served users, each on the concave side of its sigmoid (r >= s), equal
    marginal gains: the most that they can deliver together. Of all m, each window takes the one
    that promises most, which needs no training: the link and the demand shown are all there is to
    know. Where all channels are alike some m is the optimum but for rounding; where they differ,
    ranking by demand alone passes over users who would be served cheaply.

    Attributes
    ----------
    budget : int
        B, RBs a slot.
    """

    budget: int

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        demand = _demand(observation)
        problem = check_problem(
            demand, observation[..., Column.SLOPE], observation[..., Column.MIDPOINT], self.budget
        )
        envelope = Envelope.of(problem)
        rank = (-demand).argsort(axis=1, kind="stable").argsort(axis=1).T
        # Who sends nothing is never served, unless nobody sends anything.
        eligible = (demand > 0) | ~(demand > 0).any(axis=1, keepdims=True)
        grants = []
        for served in range(1, len(rank) + 1):
            member = (rank < served) & eligible.T
            point = share(envelope, member, np.zeros(len(demand)))
            grants.append(round_to_budget(envelope, member, point))
        delivered = [envelope.delivered(grant).sum(axis=0) for grant in grants]
        best = np.argmax(delivered, axis=0)
        return np.take_along_axis(np.stack(grants), best[None, None], axis=0)[0].T


@dataclass(frozen=True)
class MaxWeightPolicy:
    """Grants RB by RB, each where queue times rise of the service rate is largest.

    Max-weight (Tassiulas and Ephremides 1992) takes of all service rates the ones of the largest
    sum of queue times rate. The queue is the demand shown; the rate is what time-sharing makes of
    the success probability, its concave envelope in RBs, under which deciding RB by RB is exact
    (Fox 1966). But nobody shares time within a window: the last user that is taken up may get too
    few RBs to get much through.

    Attributes
    ----------
    budget : int
        B, RBs a slot.
    """

    budget: int

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        slope, midpoint = observation[..., Column.SLOPE], observation[..., Column.MIDPOINT]
        # The envelope is a chord up to the tangent point.
        width = np.clip(tangent_point(slope * midpoint) / slope, 1e-9, self.budget)
        start, end = (success_probability(rbs, slope, midpoint) for rbs in (0, width))

        def rate(users: Users, grant: Ints) -> Floats:
            share = np.minimum(grant / width[users], 1)
            chord = (1 - share) * start[users] + share * end[users]
            beyond = success_probability(grant, slope[users], midpoint[users])
            return np.where(share < 1, chord, beyond)

        return _grant_one_by_one(_demand(observation), rate, self.budget)


@dataclass(frozen=True)
class ProportionalFairPolicy:
    """Makes the product over packets of their success probabilities largest.

    Weighted proportional fairness (Kelly, Maulloo and Tan 1998) within a window, a user's weight
    being its demand: sum_i u_i log p_i. The logarithm of a sigmoid is concave, so deciding RB by
    RB is exact (Fox 1966), and nobody is dropped. With equal weights it is the equal split wherever
    channels are alike. The rule of cellular networks, rate over the average throughput of the past,
    needs a memory of grants that a policy does not have; and users being exchangeable, their long
    averages are equal, which makes that rule the oracle on the forecast.

    Attributes
    ----------
    budget : int
        B, RBs a slot.
    """

    budget: int

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        slope, midpoint = observation[..., Column.SLOPE], observation[..., Column.MIDPOINT]

        def utility(users: Users, grant: Ints) -> Floats:
            return log_expit(slope[users] * (grant - midpoint[users]))

        return _grant_one_by_one(_demand(observation), utility, self.budget)


def _grant_one_by_one(demand: Floats, worth: Callable[[Users, Ints], Floats], budget: int) -> Ints:
    """Return grants (W, N) made RB by RB, each to the user to whom the next is worth most.

    ``worth`` maps some users (an index into (W, N)) and their RBs to the worth of a packet.
    """

    def gain(users: Users, grant: Ints) -> Floats:
        return demand[users] * (worth(users, grant + 1) - worth(users, grant))

    windows, grants = np.arange(len(demand)), np.zeros(demand.shape, dtype=np.int64)
    next_gain = gain(..., grants)
    for _ in range(budget):
        taker = (windows, next_gain.argmax(axis=1))
        grants[taker] += 1
        next_gain[taker] = gain(taker, grants[taker])
    return grants


def _demand(observation: NDArray[Any]) -> Floats:
    # A forecast below zero means no traffic.
    return np.maximum(observation[..., Column.DEMAND], 0.0)


def _best_constant(task: Task) -> Policy:
    """Return the constant grant of least expected loss.

    Users are exchangeable and channels independent of traffic, so a user with r RBs delivers
    E[u_i / S] p(r) of a window's packets, with the same E[u_i / S] for all and p the mean over
    channel classes: wanted is the largest sum of p(r_i), by dynamic programming. What is granted
    to whom makes no difference; users of lower numbers get more.
    """
    curve = mean_curve(task.config)
    grant = allocate(np.broadcast_to(curve, (1, task.config.N_user, len(curve))))[0]
    return ConstantPolicy(np.sort(grant)[::-1])


def _logistic(kind: Callable[[int], Policy]) -> Callable[[Task], Policy]:
    """Return the fit of a policy whose formulas are those of logistic links."""

    def fit(task: Task) -> Policy:
        if task.config.link_curves is not None:
            raise NotServed("link by table")
        return kind(task.config.B)

    return fit


def _random(task: Task) -> Policy:
    return RandomSplitPolicy(task.config.B, integer_seed(task.config.randomSeed, "random policy"))


SCHEDULERS = [
    Method(
        "random", "Random", _random, "rules", about="A random split of the budget in every window"
    ),
    Method(
        "equal",
        "Equal",
        lambda task: EqualPolicy(task.config.B),
        "rules",
        about="The budget in equal parts",
    ),
    Method(
        "best_constant",
        "Best constant",
        _best_constant,
        "rules",
        about="The one grant vector of least expected loss, whatever is seen",
    ),
    Method(
        "proportional",
        "Proportional",
        lambda task: ProportionalPolicy(task.config.B),
        "rules",
        about="The budget in proportion to the forecasts",
    ),
    Method(
        "proportional_fair",
        "Proportional fair",
        _logistic(ProportionalFairPolicy),
        "rules",
        about="The largest sum over packets of log success probability, link known",
    ),
    Method(
        "max_weight",
        "Max-weight",
        _logistic(MaxWeightPolicy),
        "rules",
        about="RB by RB to the largest queue times rise of the service rate, link known",
    ),
    Method(
        "top_m",
        "Top-m",
        _logistic(TopPolicy),
        "rules",
        about="The budget to the m largest forecasts by water-filling, the best m, link known",
    ),
]
