"""Short trainings on data that blow critics up elsewhere: constant grants, no loss, no traffic."""

from dataclasses import replace

import numpy as np

from difsched import config
from difsched.data import OfflineDataset
from difsched.training import offline_training

manager = config.ConfigManager()
env = manager.load_env_config(0)
rng = np.random.default_rng(0)
W, N, T = 400, 8, 20
demand = rng.integers(0, 90, (W, N))
lost = rng.binomial(demand, 0.3)
channel = np.full((W, N, 2), (0.3, 10.0))
base = OfflineDataset(
    observation=np.concatenate([demand[..., None], demand[..., None], channel], -1),
    final_observation=np.full((W // T, N, 4), 10),
    allocation=rng.multinomial(100, np.ones(N) / N, W),
    demand=demand,
    delivered=demand - lost,
    lost=lost,
    reward=-lost.sum(1) / demand.sum(1),
)
nothing, zero = np.zeros((W, N)), np.zeros(W)
constant = np.tile([13, 13, 13, 13, 12, 12, 12, 12], (W, 1))
cases = {
    "as it is": base,
    "grants constant": replace(base, allocation=constant),
    "no packet lost": replace(base, lost=nothing, delivered=base.demand, reward=zero),
    "no traffic": replace(base, demand=nothing, lost=nothing, delivered=nothing, reward=zero),
}
remarks = {name: data.remarks(env) for name, data in cases.items()}
outcomes = {}
for name, data in cases.items():
    for model in ("bc", "dql_default", "dql_set", "iql", "cql", "td3_bc"):
        training = manager.load_training_config("offline")
        training = replace(training, gradient_steps=3, curve_points=1, model=model)
        grants = offline_training(env, training, dataset=data).act(data.observation[:3])
        outcomes[name, model] = bool((grants.sum(1) == 100).all() and (grants >= 0).all())
spike = base.reward.copy()
spike[3] = -1e20
try:
    replace(base, reward=spike)
    refused = ""
except ValueError as error:
    refused = str(error)
