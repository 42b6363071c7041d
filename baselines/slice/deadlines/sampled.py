"""A bound where deliveries are sampled and a policy may react to them.

The same prices decouple the users; each then faces a stochastic programme in whole waiting
packets, which move by binomial draws. Its value lies below that of `bound`, since reacting to
deliveries can only help.
"""

import numpy as np
from scipy.stats import binom

from difsched.baselines.slice.deadlines.bound import LARGEST_GRANT, relaxed
from difsched.baselines.slice.deadlines.episode import Episode
from difsched.errors import InputError
from difsched.typing import Floats, Ints


def sampled_bound(episode: Episode, prices: Floats) -> float:
    """Return the packets that every causal or clairvoyant closed-loop policy loses on average.

    Parameters
    ----------
    episode : Episode
        With whole packets and D at most 2.
    prices : (T,) ndarray
        Packets an RB, >= 0; any are valid, those of `bound.bound` are good.

    Raises
    ------
    InputError
        If D exceeds 2 or packets are not whole.
    """
    if episode.delay > 2:
        raise InputError(f"delay = {episode.delay}: must be at most 2 for sampled deliveries")
    if (episode.packets % 1).any():
        raise InputError("packets: must be whole for sampled deliveries")
    failure = relaxed(episode, LARGEST_GRANT)
    size = int(episode.packets.max(initial=0)) + 1
    moves = _Moves(size)
    values = [
        _user(packets.astype(np.int64), chances, prices, episode.delay, moves)
        for packets, chances in zip(episode.packets, failure, strict=True)
    ]
    return float(np.sum(values) - episode.budget * prices.sum())


class _Moves:
    """How waiting packets move: row n is the law of those of n packets that fail.

    Few chances occur, one for each class and grant, so each law is made once.
    """

    def __init__(self, size: int) -> None:
        self.counts = np.arange(size)
        self._known: dict[float, Floats] = {}

    def of(self, chance: float) -> Floats:
        """Return the probabilities (S, S) for a packet's chance to fail."""
        if chance not in self._known:
            self._known[chance] = binom.pmf(self.counts, self.counts[:, None], chance)
        return self._known[chance]


def _user(packets: Ints, failure: Floats, prices: Floats, delay: int, moves: _Moves) -> float:
    """Return V_0 of one user; states are waiting packets of ages 1..D, each below S.

    V_t(w_1..w_D) = min over r of lambda_t r + w_D q + E V_t+1(Bin(u_t, q), Bin(w_1, q)..).
    """
    counts = moves.counts
    later = np.zeros((len(counts),) * delay)
    for window in range(len(packets) - 1, -1, -1):
        best = np.full(later.shape, np.inf)
        for grant, chance in enumerate(failure[window]):
            oldest = counts if delay else packets[window]
            value = prices[window] * grant + oldest * chance
            if delay == 0:
                value = value + later
            else:
                law = moves.of(float(chance))
                new = law[packets[window]] @ later
                value = value + ((law @ new)[:, None] if delay == 2 else new)
            np.minimum(best, value, out=best)
        later = best
    return float(later[(0,) * delay])
