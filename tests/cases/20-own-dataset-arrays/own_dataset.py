"""A researcher's own log as a dataset: usual NumPy types, wrong meanings, unequal episodes."""

import numpy as np

from difsched.data import OfflineDataset

rng = np.random.default_rng(0)
W, N, T = 60, 8, 20


def arrays(**change):
    """Return the seven arrays in NumPy's usual types, some of them changed."""
    demand = rng.integers(0, 90, (W, N))
    delivered = rng.binomial(demand, 0.7)
    channel = np.full((W, N, 2), (0.3, 10.0))
    forecast = demand[..., None] + rng.normal(size=(W, N, 1))
    lost = demand - delivered
    return {
        "observation": np.concatenate([forecast, demand[..., None], channel], -1),
        "final_observation": np.zeros((W // T, N, 4)),
        "allocation": rng.multinomial(100, np.ones(N) / N, W),
        "demand": demand,
        "delivered": delivered,
        "lost": lost,
        "reward": -lost.sum(1) / demand.sum(1),
    } | change


def attempt(made):
    """Return "ok", or the refusal."""
    try:
        OfflineDataset(**made)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "ok"


good = arrays()
missing = good["reward"].copy()
missing[7] = np.nan
short = {key: value[:55] if len(value) == W else value for key, value in good.items()}
outcomes = {
    "usual types": attempt(good),
    "reward of NaN": attempt(good | {"reward": missing}),
    "last episode cut short": attempt(short),
    "more delivered than sent": attempt(good | {"delivered": good["demand"] + 5}),
    "percent, positive": attempt(good | {"reward": -good["reward"] * 100}),
    "another loss": attempt(good | {"reward": good["reward"] / 2}),
    "half a packet": attempt(good | {"lost": good["lost"] + 0.5}),
}
for name, write in {"stored": np.savez, "compressed": np.savez_compressed}.items():
    write(f"{name}.npz", **good)
    outcomes[name] = f"{OfflineDataset.load(f'{name}.npz').episode_length} windows an episode"
