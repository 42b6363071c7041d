"""Episode statistics over vectorised copies: every episode is 5 windows, its loss known."""

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import vector

import difsched.env  # noqa: F401 - registers the environment

MAKERS = {
    "next": {"vectorization_mode": "vector_entry_point"},
    "same": {"autoreset_mode": AutoresetMode.SAME_STEP},
    "loop": {"vectorization_mode": "sync"},
    "loop same": {
        "vectorization_mode": "sync",
        "vector_kwargs": {"autoreset_mode": AutoresetMode.SAME_STEP},
    },
}
statistics = {}
for name, options in MAKERS.items():
    envs = gymnasium.make_vec("difsched/Slice-v0", num_envs=3, config=0, LEN_episode=5, **options)
    envs = vector.RecordEpisodeStatistics(envs)
    envs.reset(seed=1)
    total, seen = np.zeros(3), []
    for _ in range(16):
        _, reward, _, truncated, info = envs.step(np.full((3, 8), 12.5, np.float32))
        total += reward
        if truncated.any():
            episode = info["episode"] if "episode" in info else info["final_info"]["episode"]
            seen.append((episode["l"].tolist(), np.allclose(episode["r"], total, atol=1e-5)))
            total[:] = 0
    statistics[name] = seen

wrapped = {}
for name, arguments in {
    "NormalizeReward": (),
    "FlattenObservation": (),
    "RescaleObservation": (0.0, 1.0),
    "NormalizeObservation": (),
    "RescaleAction": (-1.0, 1.0),
    "ClipAction": (),
}.items():
    for how in ("vector_entry_point", "sync"):
        envs = gymnasium.make_vec(
            "difsched/Slice-v0", num_envs=2, vectorization_mode=how, config=0, LEN_episode=5
        )
        try:
            envs = getattr(vector, name)(envs, *arguments)
            envs.reset(seed=0)
            for _ in range(7):
                envs.step(envs.action_space.sample())
            wrapped[name, how] = "works"
        except Exception as error:
            wrapped[name, how] = f"{type(error).__name__} {error}"
