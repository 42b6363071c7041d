"""Offline datasets as npz with a JSON card."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.data.arrays import ARRAYS, LEAST_FEATURES, cast, check_meaning, check_shapes
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.view import features_of
from difsched.errors import InputError, naming
from difsched.policy import Policy
from difsched.utils.files import npz_names, read_json, read_npz, sha256, write_json, write_npz

#: Fields of an environment on which its data depend.
PHYSICS = (
    "N_user",
    "B",
    "dataflow",
    "information",
    "channel_information",
    "retransmit",
    "LEN_window",
    "sigmoid_k_list",
    "sigmoid_s_list",
    "channel_stay",
)
#: Relative error of a channel's k and s in an observation: float32, or a log of five digits.
CHANNEL_ERROR = 1e-4


@dataclass(frozen=True)
class OfflineDataset:
    """E episodes of T windows, episode after episode: W = E T windows in all.

    Arrays of other numeric types are cast: whole numbers without loss, observations and rewards
    rounded to float32. Values that contradict each other are refused.

    Attributes
    ----------
    observation : (W, N, F) ndarray of float32
        What the scheduler saw before each window: demand (packets), demand of the window before,
        channel k (1/RB) and s (RB), packets that wait by age; F = 4 + ``retransmit``.
    final_observation : (E, N, F) ndarray of float32
        What it saw after the last window of each episode.
    allocation : (W, N) ndarray of int16
        RBs granted.
    demand, delivered, lost : (W, N) ndarray of int16
        Packets new in the window, those that got through, and those given up; what is neither
        waits (``retransmit``).
    reward : (W,) ndarray of float32
        Minus the packet-loss ratio, in [-1, 0]: lost over demand and what waited; 0 where no
        packet is at stake.
    card : mapping
        Where the data come from, as :meth:`load` read it; empty where nobody said. If it describes
        an ``environment``, the arrays must be of that one.

    Raises
    ------
    InputError
        If an array has another shape, values that are no numbers, NaN, infinite or too large, or
        contradicts the others or the card.
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
        """Cast and check the arrays; raise InputError naming the one that does not fit."""
        arrays = {name: cast(name, getattr(self, name)) for name in ARRAYS}
        check_shapes(arrays)
        check_meaning(arrays)
        for name, array in arrays.items():
            object.__setattr__(self, name, array)
        if described := self.card.get("environment"):
            self._check_description(EnvironmentConfig.from_dict(described))

    def _check_description(self, described: EnvironmentConfig) -> None:
        """Raise InputError unless the arrays are of the slice that the card describes."""
        self._check_sizes(described, "as its card says")
        for name in ("observation", "final_observation"):
            if channel := self._foreign_channel(name, described):
                raise InputError(
                    f"{name} shows a channel {channel}: must be one of the classes on its card"
                )

    def _foreign_channel(self, name: str, config: EnvironmentConfig) -> str | None:
        """Return a channel that observations show and a slice never does, if there is one."""
        classes = [config.mean_channel]
        if config.channel_information:
            classes = list(zip(config.sigmoid_k_list, config.sigmoid_s_list, strict=True))
        shown = getattr(self, name)[..., 2:4]
        near = [np.isclose(shown, one, rtol=CHANNEL_ERROR).all(axis=-1) for one in classes]
        unknown = shown[~np.any(near, axis=0)]
        return f"k = {unknown[0, 0]:g}, s = {unknown[0, 1]:g}" if len(unknown) else None

    def check_slice(self, config: EnvironmentConfig) -> None:
        """Raise InputError unless these are data of a slice, as every learner needs them.

        Parameters
        ----------
        config : EnvironmentConfig
            The slice. Its users, budget and features are held against the arrays, and whatever
            else decides on its data against the card, where there is one.
        """
        self._check_sizes(config, "as in the configuration")
        described, own = self.card.get("environment", {}), config.to_dict()
        for name in PHYSICS:
            if name in described and described[name] != own[name]:
                raise InputError(
                    f"dataset's card has {name} = {described[name]}: must be {own[name]}, as in "
                    "the configuration"
                )

    def _check_sizes(self, config: EnvironmentConfig, why: str) -> None:
        _, users, features = self.observation.shape
        if users != config.N_user:
            raise InputError(f"dataset has {users} users: must be N_user = {config.N_user}, {why}")
        if (most := int(self.allocation.sum(axis=1, dtype=np.int64).max())) > config.B:
            raise InputError(f"dataset grants {most} RBs: must be at most B = {config.B}, {why}")
        if features != (wanted := features_of(config)):
            raise InputError(
                f"dataset has {features} features a user: must be {wanted}, with retransmit = "
                f"{config.retransmit}, {why}"
            )

    def remarks(self, config: EnvironmentConfig) -> list[str]:
        """Return a sentence for each thing that may be meant and from which little is learned.

        Parameters
        ----------
        config : EnvironmentConfig
            The slice for which a policy learns from the data.
        """
        found = []
        if config.channel_information and (channel := self._foreign_channel("observation", config)):
            found.append(f"shows channels, such as {channel}, that the configuration does not have")
        if not self.demand.any():
            found.append("no window has a packet: there is nothing to learn")
        elif not self.lost.any():
            found.append("no packet is ever lost: every grant looks as good as any other")
        if (self.allocation == self.allocation[0]).all():
            found.append("every window has the same grants: no other can be told from them")
        return found

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
        waiting = self.observation[..., LEAST_FEATURES:].sum(axis=-1)
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

    def save(self, path: str | Path, card: Mapping[str, Any] | None = None) -> None:
        """Write the npz, then beside it the JSON card with the npz's digest, both atomically.

        Parameters
        ----------
        path : str or Path
            Of the npz; the card has the suffix ``.json``.
        card : mapping, optional
            Where the data come from: configuration, seed, losses; its own when left out.
        """
        beside = card_path(path)
        write_npz(path, {name: getattr(self, name) for name in ARRAYS})
        about = {**(self.card if card is None else card), **self._shape(), "sha256": sha256(path)}
        write_json(beside, about)

    @classmethod
    def load(cls, path: str | Path) -> "OfflineDataset":
        """Read a dataset and check it against its card, if it has one.

        An npz of the seven arrays that NumPy wrote is a dataset, too, of which nobody says where
        it comes from: it needs no card.

        Raises
        ------
        InputError
            If the file is missing or damaged, lacks an array, or is not the one that its card
            describes.
        """
        about = card_path(path)
        card = read_json(about) if about.exists() else {}
        if not isinstance(card, dict) or (about.exists() and card.get("sha256") != sha256(path)):
            raise InputError(
                f"{path} does not match the sha256 of its card {about}: make both anew, or remove "
                "the card"
            )
        if not isinstance(card.get("environment", {}), dict):
            raise InputError(f"{path}: environment of its card must be a mapping")
        there = npz_names(path)
        if missing := [name for name in ARRAYS if name not in there]:
            raise InputError(
                f"{path} holds {', '.join(there) or 'no array'}: of the arrays of a dataset "
                f"({', '.join(ARRAYS)}) {', '.join(missing)} are missing; difsched.data makes one: "
                "OfflineDataset(...).save, or from_minari"
            )
        with naming(path):
            data = cls(**read_npz(path, ARRAYS), card=card)
        for name, value in data._shape().items():
            if card.get(name, value) != value:
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


def card_path(path: str | Path) -> Path:
    """Return where the card of a dataset is: beside its npz, with the suffix ``.json``.

    Raises
    ------
    InputError
        If the npz itself has no name, or that suffix.
    """
    path = Path(path)
    if not path.name or path.suffix == ".json":
        raise InputError(f"dataset {str(path)!r}: must be the name of a file that is no .json")
    return path.with_suffix(".json")


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
