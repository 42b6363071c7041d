"""Actions by chance."""

import numpy as np

from difsched.env.mec.behaviours import random_shares
from difsched.env.mec.config import MecConfig


def random_action(seen: np.ndarray, rng: np.random.Generator, config: MecConfig) -> np.ndarray:
    """Shares, priorities and claims, (W, N, 3)."""
    share = random_shares(seen, rng, config)
    return np.stack([share, *rng.random((2, *share.shape))], axis=-1)
