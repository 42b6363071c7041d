"""Checkers of environments, and actions of a type that is not the space's own."""

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_env_for_sb3

import difsched.env  # noqa: F401 - registers the environment

outside = 0
for fields in ({"config": 0}, {"config": 3, "retransmit": 2}, {"config": 6}):
    env = gymnasium.make("difsched/Slice-v0", **fields)
    check_env(env.unwrapped, skip_render_check=True)
    check_env_for_sb3(env)
    env.reset(seed=1)
    for step in range(1000):
        zeros = np.zeros(env.action_space.shape)
        action = env.action_space.sample().astype(np.float64) if step % 2 else zeros
        observation, _, _, truncated, _ = env.step(action)
        outside += observation not in env.observation_space
        if truncated:
            env.reset()
