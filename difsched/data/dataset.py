"""Offline datasets as npz with a JSON card."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.slice.simulator import Simulator
from difsched.errors import InputError
from difsched.policy import Policy
from difsched.utils.files import read_json, read_npz, sha256, write_json, write_npz

ARRAYS = (
    "observation",
    "final_observation",
    "allocation",
    "demand",
    "delivered",
    "lost",
    "reward",
)
COUNTS = ("allocation", "demand", "delivered", "lost")
#: Features a user at least: demand shown and last, slope and midpoint of the channel.
FEATURES = 4


@dataclass(frozen=True)
class OfflineDataset:
    """E episodes of T windows, episode after episode: W = E T windows in all.

    Attributes
    ----------
    observation : (W, N, F) ndarray of float32
        What the scheduler saw before each window.
    final_observation : (E, N, F) ndarray of float32
        What it saw after the last window of each episode.
    allocation : (W, N) ndarray of int16
        RBs granted.
    demand, delivered, lost : (W, N) ndarray of int16
        Packets new in the window, those that got through, and those given up; what is neither
        waits (``retransmit``).
    reward : (W,) ndarray of float32
        Minus the packet-loss ratio.
    card : mapping
        Where the data come from, as :meth:`load` read it; empty where nobody said.
    """

    observation: NDArray[np.float32]
    final_observation: NDArray[np.float32]
    allocation: NDArray[np.int16]
    demand: NDArray[np.int16]
    delivered: NDArray[np.int16]
    lost: NDArray[np.int16]
    reward: NDArray[np.float32]
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check shapes and values; raise InputError naming the array that does not fit."""
        seen = self.observation.shape
        if self.observation.ndim != 3 or 0 in seen or seen[2] < FEATURES:
            raise InputError(f"observation has shape {seen}: must be (W, N, F), F >= {FEATURES}")
        windows, users, features = seen
        episodes = len(self.final_observation) if self.final_observation.ndim else 0
        if episodes == 0 or windows % episodes:
            raise InputError(f"final_observation has {episodes} episodes: must divide {windows}")
        shapes = {
            "final_observation": (episodes, users, features),
            "allocation": (windows, users),
            "demand": (windows, users),
            "delivered": (windows, users),
            "lost": (windows, users),
            "reward": (windows,),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise InputError(f"{name} has shape {getattr(self, name).shape}: must be {shape}")
        for name in ARRAYS:
            array, kind = getattr(self, name), np.int16 if name in COUNTS else np.float32
            if array.dtype != kind:
                raise InputError(f"{name} holds {array.dtype}: must be {kind.__name__}")
            if not np.isfinite(array).all():
                raise InputError(f"{name} holds NaN or infinity: must be finite")
            if name in COUNTS and array.min() < 0:
                raise InputError(f"{name} holds {array.min()}: must be >= 0")

    @property
    def episode_length(self) -> int:
        """Return the windows in an episode, T."""
        return len(self.observation) // len(self.final_observation)

    @property
    def next_observation(self) -> NDArray[np.float32]:
        """Return what the scheduler saw after each window, (W, N, F)."""
        after = np.roll(self.observation, -1, axis=0)
        after[self.episode_length - 1 :: self.episode_length] = self.final_observation
        return after

    @property
    def episode_end(self) -> NDArray[np.bool_]:
        """Return whether each window ends its episode, (W,): cut off, not a terminal state."""
        length = self.episode_length
        return np.arange(len(self.reward)) % length == length - 1

    @property
    def user_reward(self) -> NDArray[np.float32]:
        """Return each user's part of the reward, (W, N), whose mean over users is the reward.

        A window's reward falls to its users in proportion to the packets that they lost in it.
        """
        share = self.lost / np.maximum(self.lost.sum(axis=1, dtype=np.float32), 1)[:, None]
        return np.asarray(share * self.reward[:, None] * self.lost.shape[1], dtype=np.float32)

    def reveal(self) -> "OfflineDataset":
        """Return the same data as a scheduler sees them that knows the demand, ``perfect``.

        The demand after an episode's last window is unknown: each episode gets one window shorter.

        Raises
        ------
        InputError
            If episodes have one window only.
        """
        length, episodes = self.episode_length, len(self.final_observation)
        if length < 2:
            raise InputError(f"episode_length = {length}: must be at least 2 to reveal the demand")
        waiting = self.observation[..., 4:].sum(axis=-1)
        shown = self.observation.copy()
        shown[..., 0] = self.demand + waiting
        cut: dict[str, Any] = {
            name: getattr(self, name).reshape(episodes, length, *getattr(self, name).shape[1:])
            for name in ARRAYS
            if name not in ("observation", "final_observation")
        }
        shown = shown.reshape(episodes, length, *shown.shape[1:])
        environment = {**self.card.get("environment", {}), "information": "perfect"}
        return OfflineDataset(
            observation=shown[:, :-1].reshape(-1, *shown.shape[2:]),
            final_observation=shown[:, -1],
            card={**self.card, "environment": environment} if self.card else {},
            **{name: a[:, :-1].reshape(-1, *a.shape[2:]) for name, a in cut.items()},
        )

    def hide_channel(self, slope: float, midpoint: float) -> "OfflineDataset":
        """Return the same data as a scheduler sees them that is not shown the channel.

        Parameters
        ----------
        slope, midpoint : float
            What is shown of every user instead: the means of k (1/RB) and s (RB) over the classes.
        """
        hidden = {}
        for name in ("observation", "final_observation"):
            hidden[name] = getattr(self, name).copy()
            hidden[name][..., 2:4] = slope, midpoint
        environment = {**self.card.get("environment", {}), "channel_information": False}
        card = {**self.card, "environment": environment} if self.card else {}
        return replace(self, card=card, **hidden)

    def head(self, windows: int) -> "OfflineDataset":
        """Return the first windows, (at most) that many, as one episode of them.

        Raises
        ------
        InputError
            If there are fewer.
        """
        if not 0 < windows <= len(self.reward):
            raise InputError(f"windows = {windows}: must be in 1..{len(self.reward)}")
        parts = {name: getattr(self, name)[:windows] for name in ARRAYS}
        parts["final_observation"] = self.next_observation[windows - 1 : windows]
        return replace(self, **parts)

    def save(self, path: str | Path, card: dict[str, Any]) -> None:
        """Write the npz, then beside it the JSON card with the npz's digest, both atomically.

        Parameters
        ----------
        path : str or Path
            Of the npz; the card has the suffix ``.json``.
        card : dict
            Where the data come from: configuration, seed, losses.
        """
        write_npz(path, {name: getattr(self, name) for name in ARRAYS})
        about = {**card, **self._shape(), "sha256": sha256(path)}
        write_json(Path(path).with_suffix(".json"), about)

    @classmethod
    def load(cls, path: str | Path) -> "OfflineDataset":
        """Read a dataset and check it against its card.

        Raises
        ------
        InputError
            If a file is missing or damaged, or the npz is not the one that the card describes.
        """
        card = read_json(Path(path).with_suffix(".json"))
        if not isinstance(card, dict) or card.get("sha256") != sha256(path):
            raise InputError(f"{path} does not match the sha256 of its card: collect it anew")
        if not isinstance(card.get("environment", {}), dict):
            raise InputError(f"{path}: environment of its card must be a mapping")
        arrays = read_npz(path, ARRAYS)
        try:
            data = cls(**arrays, card=card)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        for name, value in data._shape().items():
            if card.get(name) != value:
                raise InputError(f"{path}: {name} = {card.get(name)!r} in its card: has {value}")
        return data

    def _shape(self) -> dict[str, int]:
        windows, users, _ = self.observation.shape
        return {"windows": windows, "users": users, "episode_length": self.episode_length}

    @classmethod
    def concatenate(cls, parts: list["OfflineDataset"]) -> "OfflineDataset":
        """Join datasets of equal episodes."""
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in ARRAYS
        }
        return cls(**arrays)


def collect(simulator: Simulator, policy: Policy, windows: int) -> OfflineDataset:
    """Let a policy run the simulator's copies side by side, one episode each.

    Parameters
    ----------
    simulator : Simulator
        E copies, from where they stand.
    policy : Policy
        What decides.
    windows : int
        Windows in an episode T, >= 1.

    Returns
    -------
    OfflineDataset
        E episodes of T windows.
    """
    observation = simulator.observe()
    rows: dict[str, list[NDArray[Any]]] = {name: [] for name in ARRAYS if "final" not in name}
    for _ in range(windows):
        allocation = policy.act(observation)
        step = simulator.step(allocation)
        seen = (observation, allocation, step.demand, step.delivered, step.lost, step.reward)
        for name, value in zip(rows, seen, strict=True):
            rows[name].append(value)
        observation = step.observation
    kinds: dict[str, Any] = {"observation": np.float32, "reward": np.float32}

    def episodes(name: str) -> NDArray[Any]:
        stacked = np.stack(rows[name], axis=1).astype(kinds.get(name, np.int16))
        return stacked.reshape(-1, *stacked.shape[2:])

    arrays: dict[str, Any] = {name: episodes(name) for name in rows}
    return OfflineDataset(final_observation=observation.astype(np.float32), **arrays)
