"""The slice as Stable-Baselines3 sees it: features in a row, actions in [-1, 1], many copies."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.vec_env import VecEnv

from difsched.config import EnvironmentConfig
from difsched.env.slice.allocation import scale_to_budget
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Trace


@dataclass(frozen=True)
class Scaler:
    """Observations in a row and standardised; actions in [-1, 1] as shares of the budget.

    Attributes
    ----------
    users : int
        N.
    budget : int
        B, RBs.
    mean, sd : tuple of float
        Of each feature of an observation, (F,) each; sd > 0.
    """

    users: int
    budget: int
    mean: tuple[float, ...]
    sd: tuple[float, ...]

    @classmethod
    def fit(cls, config: EnvironmentConfig, trace: Trace) -> "Scaler":
        """Return the scaler of a slice.

        Parameters
        ----------
        config : EnvironmentConfig
            The slice: its channel classes and budget.
        trace : Trace
            The training trace: the mean and standard deviation of its counts.
        """
        channel = [np.array(config.sigmoid_k_list), np.array(config.sigmoid_s_list)]
        # Packets that wait are of the size of a window's.
        columns = [trace.packets] * 2 + channel + [trace.packets] * config.retransmit
        mean = tuple(float(np.mean(column)) for column in columns)
        sd = tuple(float(np.std(column)) or 1.0 for column in columns)
        return cls(config.N_user, config.B, mean, sd)

    @property
    def observation_space(self) -> spaces.Box:
        """Return the space of features, (N F,)."""
        return spaces.Box(-np.inf, np.inf, (self.users * len(self.mean),))

    @property
    def action_space(self) -> spaces.Box:
        """Return the space of actions, (N,)."""
        return spaces.Box(-1.0, 1.0, (self.users,))

    def features(self, observation: NDArray[Any]) -> NDArray[np.float32]:
        """Map observations (E, N, F) to features (E, N F), user by user."""
        scaled = (observation - self.mean) / self.sd
        return scaled.reshape(len(scaled), -1).astype(np.float32)

    def grants(self, actions: NDArray[Any]) -> NDArray[np.int64]:
        """Map actions (E, N) in [-1, 1] to grants (E, N): shares (a + 1) / 2 of the budget.

        Only the ratio of the shares counts: each row is scaled to spend the budget.
        """
        return scale_to_budget((np.clip(actions, -1, 1) + 1) / 2, self.budget)

    def actions(self, grants: NDArray[Any]) -> NDArray[np.float32]:
        """Map grants (E, N) that spend the budget to actions (E, N) that `grants` maps to them.

        Of all such actions the one whose largest share (a + 1) / 2 is one: it spreads grants over
        the whole of [-1, 1], however many users there are.
        """
        return (2 * grants / grants.max(axis=-1, keepdims=True) - 1).astype(np.float32)


class SliceVecEnv(VecEnv):
    """A simulator's copies as a vectorised environment of Stable-Baselines3.

    All copies start and end their episodes together. An episode's end is a cut, not a terminal
    state: ``TimeLimit.truncated`` is set, so the critic looks beyond it.

    Parameters
    ----------
    simulator : Simulator
        The copies; reset by the first `reset`.
    scaler : Scaler
        How observations and actions are shown.
    """

    def __init__(self, simulator: Simulator, scaler: Scaler) -> None:
        super().__init__(simulator.shape[0], scaler.observation_space, scaler.action_space)
        self.simulator, self.scaler = simulator, scaler
        self.window = 0

    def reset(self) -> NDArray[np.float32]:
        """Start new episodes and return their first features (E, N F)."""
        self.window = 0
        return self.scaler.features(self.simulator.reset())

    def step_async(self, actions: NDArray[Any]) -> None:
        """Take the actions (E, N) of the coming window."""
        self.actions = actions

    def step_wait(self) -> Any:
        """Let the window pass; return features, rewards (E,), ends of episodes (E,), infos."""
        step = self.simulator.step(self.scaler.grants(self.actions))
        self.window += 1
        done = self.window == self.simulator.config.LEN_episode
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        seen = self.scaler.features(step.observation)
        if done:
            infos = [{"terminal_observation": row, "TimeLimit.truncated": True} for row in seen]
            seen = self.reset()
        return seen, step.reward.astype(np.float32), np.full(self.num_envs, done), infos

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
        raise AttributeError(f"the slice's copies have no method {method_name}")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Say for each copy that nothing is wrapped around it."""
        return [False] * self.num_envs


def replay_buffer(data: OfflineDataset, scaler: Scaler) -> ReplayBuffer:
    """Return a buffer that holds exactly a dataset's transitions, on the processor.

    Episodes stand side by side, as copies of the slice do, and end by a cut.
    """
    length = data.episode_length
    episodes = len(data.reward) // length

    def by_window(values: NDArray[Any]) -> NDArray[Any]:
        return values.reshape(episodes, length, *values.shape[1:]).swapaxes(0, 1)

    buffer = ReplayBuffer(
        len(data.reward), scaler.observation_space, scaler.action_space, "cpu", n_envs=episodes
    )
    columns = (
        scaler.features(data.observation),
        scaler.features(data.next_observation),
        scaler.actions(data.allocation),
        data.reward,
        data.episode_end,
    )
    for seen, after, action, reward, end in zip(*map(by_window, columns), strict=True):
        infos: list[dict[str, Any]] = [{"TimeLimit.truncated": bool(cut)} for cut in end]
        buffer.add(seen, after, action, reward, end, infos)
    return buffer
