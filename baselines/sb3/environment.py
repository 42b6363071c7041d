"""Copies of a problem as Stable-Baselines3 steps them, and logs as it keeps them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.vec_env import VecEnv

from difsched.baselines.sb3.problem import FlatProblem
from difsched.data.transitions import Transitions
from difsched.family import Simulator, Step
from difsched.typing import Floats


class FlatVecEnv(VecEnv):
    """A simulator's copies as a vectorised environment of Stable-Baselines3.

    All copies start and end their episodes together. An episode's end is a cut, not a terminal
    state: ``TimeLimit.truncated`` is set, so the critic looks beyond it.

    Parameters
    ----------
    simulator : Simulator
        W copies; reset by the first `reset`.
    problem : FlatProblem
        How observations and actions are shown.
    copies : int
        W.
    episode : int
        Windows in an episode; fewer where the simulator cuts it.
    rewards : callable
        What is learned from: the rewards (W,) of a window, and whether the episode ends with it.
    """

    def __init__(
        self,
        simulator: Simulator,
        problem: FlatProblem,
        copies: int,
        episode: int,
        rewards: Callable[[Step, bool], Floats] = lambda step, done: step.reward,
    ) -> None:
        super().__init__(copies, problem.observation_space, problem.action_space)
        self.simulator, self.problem, self.episode = simulator, problem, episode
        self.rewards = rewards
        self.window = 0

    def reset(self) -> NDArray[np.float32]:
        """Start new episodes and return their first features (W, D)."""
        self.window = 0
        self.seen = self.simulator.reset()
        return self.problem.features(self.seen)

    def step_async(self, actions: NDArray[Any]) -> None:
        """Take the actions (W, A') of the coming window."""
        self.actions = actions

    def step_wait(self) -> Any:
        """Let the window pass; return features, rewards (W,), ends of episodes (W,), infos."""
        step = self.simulator.step(self.problem.decode(self.actions, self.seen))
        self.seen = step.observation
        self.window += 1
        done = step.truncated or self.window == self.episode
        reward = self.rewards(step, done).astype(np.float32)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        seen = self.problem.features(self.seen)
        if done:
            infos = [{"terminal_observation": row, "TimeLimit.truncated": True} for row in seen]
            seen = self.reset()
        return seen, reward, np.full(self.num_envs, done), infos

    def close(self) -> None:
        """Nothing is open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute, the same for every copy; None if there is none."""
        return [getattr(self, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute for all copies."""
        setattr(self, attr_name, value)

    def env_method(self, method_name: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Raise AttributeError: single copies have no methods."""
        raise AttributeError(f"the copies have no method {method_name}")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Say for each copy that nothing is wrapped around it."""
        return [False] * self.num_envs


def replay_buffer(data: Transitions, problem: FlatProblem) -> ReplayBuffer:
    """Return a buffer that holds exactly a dataset's transitions, on the processor.

    Episodes stand side by side, as copies do, and end by a cut.
    """
    length = data.episode_length
    episodes = len(data.reward) // length

    def by_window(values: NDArray[Any]) -> NDArray[Any]:
        return values.reshape(episodes, length, *values.shape[1:]).swapaxes(0, 1)

    buffer = ReplayBuffer(
        len(data.reward), problem.observation_space, problem.action_space, "cpu", n_envs=episodes
    )
    columns = (
        problem.features(data.observation),
        problem.features(data.next_observation),
        problem.encode(data.action),
        data.reward,
        data.episode_end,
    )
    for seen, after, action, reward, end in zip(*map(by_window, columns), strict=True):
        infos: list[dict[str, Any]] = [{"TimeLimit.truncated": bool(cut)} for cut in end]
        buffer.add(seen, after, action, reward, end, infos)
    return buffer
