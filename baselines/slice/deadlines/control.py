"""Model-predictive control with prices: plans some windows ahead, carries out the first.

What waits and the forecast are known for the coming window; after it, the training mean stands for
each demand, and a channel's mean curve h windows ahead for the channel.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.slice.deadlines.episode import Episode
from difsched.baselines.slice.deadlines.plan import pair_moves, window_moves
from difsched.baselines.slice.deadlines.programme import best_plans
from difsched.baselines.slice.deadlines.rules import holdings
from difsched.config import EnvironmentConfig
from difsched.env.slice.link.curves import link_curves
from difsched.typing import Floats, Ints

#: Windows that are planned, subgradient steps of the prices, and RBs between grants tried there.
HORIZON, STEPS, STRIDE = 6, 20, 4


@dataclass(frozen=True)
class PredictiveRule:
    """Plans ``HORIZON`` windows at a time and grants the first of them.

    Prices of RBs, by subgradients on a coarse grid of grants, give each user a plan; window and
    pair moves make the plans feasible. Nothing is charged for what waits at the end.

    Attributes
    ----------
    budget, delay : int
        B, RBs a slot, and D, windows for which a packet is sent again.
    mean_demand : float
        Packets of a user and window on average, from the training trace.
    curves : (C, B + 1) ndarray of float
        Success probability of each channel class with 0..B RBs.
    stay : float
        Probability that a channel keeps its class.
    """

    budget: int
    delay: int
    mean_demand: float
    curves: Floats
    stay: float

    @classmethod
    def of(cls, config: EnvironmentConfig, mean_demand: float) -> "PredictiveRule":
        """Return the controller of a slice whose users send so many packets a window."""
        curves = link_curves(config)
        return cls(config.B, config.retransmit, mean_demand, curves, config.channel_stay)

    def decide(self, observation: NDArray[Any], curves: Floats) -> Ints:
        """Return grants (W, N); see `Rule.decide`."""
        held, failure = holdings(observation), self._failures(curves)
        return np.stack([self._plan(*window) for window in zip(held, failure, strict=True)])

    def _failures(self, now: Floats) -> Floats:
        """Return the mean failures (W, N, H, B + 1) of coming windows, given the first's curves."""
        classes, every = len(self.curves), self.curves.mean(axis=0)
        # The chain's second eigenvalue: how much of the present class is left a window later.
        left = (self.stay * classes - 1) / (classes - 1) if classes > 1 else 1.0
        share = (left ** np.arange(HORIZON))[:, None]
        mean: Floats = 1 - (share * now[..., None, :] + (1 - share) * every)
        return mean

    def _plan(self, held: Floats, failure: Floats) -> Ints:
        """Return the grants (N,) of the first window, for what is held (N, D + 1) by age."""
        before = np.ones((len(held), self.delay, failure.shape[-1]))
        later = np.full((len(held), HORIZON - 1), self.mean_demand)
        # What waits is as if new in windows before the first that nothing could get through.
        packets = np.concatenate([held[:, :0:-1], held[:, :1], later], axis=1)
        episode = Episode(packets, np.concatenate([before, failure], axis=1), self.delay)
        grants = window_moves(episode, self._priced(episode), sweeps=3)
        # What is granted before the first window is worth nothing, and long to split.
        grants[:, : self.delay] = 0
        return window_moves(episode, pair_moves(episode, grants), sweeps=3)[:, self.delay]

    def _priced(self, episode: Episode) -> Ints:
        """Return each user's plan (N, T) at prices found by subgradient steps."""
        coarse = np.arange(0, self.budget + 1, STRIDE)
        failure = episode.failure[..., coarse]
        price = np.full(failure.shape[1], self.mean_demand / self.budget)
        for step in range(STEPS):
            cost = np.broadcast_to(price[:, None] * coarse, failure.shape).astype(np.float64)
            cost[:, : episode.delay, 1:] = np.inf
            _, plans = best_plans(episode.packets[:, None], failure[:, None], cost, episode.delay)
            excess = coarse[plans].sum(axis=0) - self.budget
            rate = self.mean_demand / self.budget / (1 + step)
            price = np.maximum(price + rate * excess / self.budget, 0.0)
        return coarse[plans]
