"""A bound where deliveries are sampled and a policy may react to them.

The same prices decouple the users; each then faces a stochastic programme in whole waiting
packets, which move by binomial draws. Its value lies below that of `bound`, since reacting to
deliveries can only help.
"""

import numpy as np
from scipy.stats import binom

from difsched.baselines.slice.deadlines.episode import Episode
from difsched.errors import InputError
from difsched.typing import Floats


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
    values = [
        _user(packets.astype(np.int64), failure, prices, episode.delay)
        for packets, failure in zip(episode.packets, episode.failure, strict=True)
    ]
    return float(np.sum(values) - episode.budget * prices.sum())


def _user(packets: np.ndarray, failure: Floats, prices: Floats, delay: int) -> float:
    """Return V_0 of one user; states are waiting packets of ages 1..D, each 0..max(packets).

    V_t(w_1..w_D) = min over r of lambda_t r + w_D q + E V_t+1(Bin(u_t, q), Bin(w_1, q)..).
    """
    size, grants = int(packets.max(initial=0)) + 1, np.arange(failure.shape[-1])
    counts = np.arange(size)
    later = np.zeros((size,) * delay)
    for window in range(len(packets) - 1, -1, -1):
        best = np.full(later.shape, np.inf)
        for grant in grants:
            chance = failure[window, grant]
            oldest = counts if delay else packets[window]
            value = prices[window] * grant + oldest * chance
            if delay == 0:
                value = value + later
            else:
                new = binom.pmf(counts, packets[window], chance) @ later
                if delay == 2:
                    moves = binom.pmf(counts, counts[:, None], chance)
                    value = value + (moves @ new)[:, None]
                else:
                    value = value + new
            np.minimum(best, value, out=best)
        later = best
    return float(later[(0,) * delay])
