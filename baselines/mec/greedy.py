"""Greedy offloading with known physics."""

import numpy as np
from numpy.typing import NDArray

from difsched.env.mec.actions import decode
from difsched.env.mec.columns import check_observation
from difsched.env.mec.config import MecConfig
from difsched.env.mec.slot import reward, run_slot
from difsched.env.mec.splits import split_band
from difsched.typing import Floats

from .rules import urgency

#: Numbers in an array of windows x flips x UEs: what a processor's cache holds.
BATCH = 20_000


def greedy(observation: Floats, config: MecConfig, price: float = 0.0) -> Floats:
    """From nobody, offload or take back the UE that helps most, until none does.

    Shares follow D / T, the order is earliest deadline first, the processor follows C / T.

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
    price : float
        Price of a second that a queue is busy after the slot's end, in units of a UE's reward;
        useful with ``leftover``, where such a second is missing in the next slot.

    Returns
    -------
    (W, N) ndarray of float
        Shares.
    """
    seen = check_observation(observation, config)
    chunk = max(BATCH // config.users**2, 1)
    parts = [
        _greedy(seen[first : first + chunk], price, config) for first in range(0, len(seen), chunk)
    ]
    return np.concatenate(parts) if parts else np.zeros(seen.shape[:2])


def _greedy(seen: Floats, price: float, config: MecConfig) -> Floats:
    windows, users = seen.shape[:2]
    offloaded = np.zeros((windows, users), dtype=np.bool_)
    value = worth(offloaded, seen, price, config)
    open_ = np.arange(windows)
    flip = np.eye(users, dtype=np.bool_)
    while len(open_):
        tried = offloaded[open_, None, :] ^ flip
        rows = np.repeat(seen[open_], users, axis=0)
        worths = worth(tried.reshape(-1, users), rows, price, config).reshape(-1, users)
        best = worths.argmax(axis=1)
        reached = np.take_along_axis(worths, best[:, None], axis=1)[:, 0]
        # A gain within rounding error is none: it could be taken back again for ever.
        better = reached > value[open_] + 1e-12
        open_, best, reached = open_[better], best[better], reached[better]
        offloaded[open_, best] ^= True
        value[open_] = reached
    return split_band(urgency(seen), offloaded, config)


def worth(offloaded: NDArray[np.bool_], seen: Floats, price: float, config: MecConfig) -> Floats:
    """Return the sum of rewards less the price of leftover seconds, (W,)."""
    action = split_band(urgency(seen), offloaded, config)
    slot = run_slot(decode(action, seen, config), seen, config)
    total = reward(slot.quality, slot.energy, config).sum(axis=-1)
    if not price:
        return total
    return total - price * np.maximum(slot.busy - config.slot_s, 0.0).sum(axis=-1)
