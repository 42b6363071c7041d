"""Episodes that are all the same, or never."""

import gymnasium
import numpy as np

import difsched.env  # noqa: F401 - registers the environment

env = gymnasium.make("difsched/Slice-v0", config=3, LEN_episode=5)


def episode(seed):
    """Return what an episode shows."""
    observation, _ = env.reset(seed=seed)
    shown = [observation.copy()]
    for _ in range(5):
        shown.append(env.step(np.full(20, 10, np.float32))[0].copy())
    return np.array(shown)


first, following, again, other = episode(1), episode(None), episode(1), episode(2)
same_seed = np.array_equal(first, again)
next_differs = not np.array_equal(first, following)
other_differs = not np.array_equal(first, other)
demand = [episode(seed)[:, :, 1].ravel() for seed in range(6)]
correlation = float(np.abs(np.corrcoef(demand) - np.eye(6)).max())
