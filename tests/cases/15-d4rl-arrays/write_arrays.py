"""The arrays of a D4RL dataset, as d3rlpy and CORL read them, of the slice."""

import numpy as np

windows, users, features = 400, 8, 4
rng = np.random.default_rng(0)
ends = np.arange(windows) % 200 == 199
observations = rng.random((windows, users * features)).astype(np.float32)
np.savez(
    "data.npz",
    observations=observations,
    actions=rng.random((windows, users)).astype(np.float32),
    rewards=-rng.random(windows).astype(np.float32),
    terminals=np.zeros(windows, bool),
    timeouts=ends,
    next_observations=np.roll(observations, -1, axis=0),
)
