"""Offline datasets of the slice."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.data.arrays import cast
from difsched.data.transitions import Transitions
from difsched.env.slice.arrays import (
    ARRAYS,
    COUNTS,
    check_counts,
    check_rewards,
    check_shapes,
    user_parts,
    waited,
)
from difsched.env.slice.columns import CHANNEL, DEBT, Column, Past
from difsched.env.slice.debt import check_debt, debt_after, worth
from difsched.env.slice.environment import grant
from difsched.env.slice.propensity import check_odds, propensities
from difsched.env.slice.simulator import Simulator, share_of
from difsched.env.slice.view import features_of
from difsched.errors import InputError
from difsched.policy import Policy
from difsched.typing import Floats

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
class OfflineDataset(Transitions):
    """A log of the slice: E episodes of T windows, episode after episode, W = E T in all.

    Arrays of other numeric types are cast: whole numbers without loss, observations and rewards
    rounded to float32. Values that contradict each other are refused.

    Attributes
    ----------
    observation : (W, N, F) ndarray of float32
        What the scheduler saw before each window: demand (packets), demand of the window before,
        channel k (1/RB) and s (RB), packets that wait by age, and the windows of a history;
        F = 4 + ``retransmit`` + 3 ``history``.
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
    propensity : (W, N) ndarray of float32 or None
        Probability with which each user's grant was drawn, 0 where nothing was drawn; None: what
        the card says of random reservations, see `difsched.env.slice.propensity`.
    history : int
        Windows of the past that observations show; when left out, those of the card's slice.
    debt : (W, N) ndarray of float32 or None
        What each user was owed before the window, packets; None: where no floor was promised. Who
        sees it sees it in the fifth feature, see `shown`.
    action : (W, N) ndarray of int16
        The allocation.
    outcomes : (W, N, 1) ndarray of float32
        Each user's part of the reward, whose mean over users is the reward.

    Raises
    ------
    InputError
        If an array has another shape, values that are no numbers, NaN, infinite or too large, or
        contradicts the others or the card.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ARRAYS
    OPTIONAL: ClassVar[tuple[str, ...]] = ("propensity", "debt")
    ENTITIES: ClassVar[str] = "users"
    ACTION: ClassVar[str] = "allocation"
    INFOS: ClassVar[Mapping[str, str]] = {
        **{name: name for name in ("demand", "delivered", "lost")},
        "allocation": "grant",
    }
    LOCAL: ClassVar[tuple[str, ...]] = ("traces",)

    observation: NDArray[np.float32]
    final_observation: NDArray[np.float32]
    allocation: NDArray[np.int16]
    demand: NDArray[np.int16]
    delivered: NDArray[np.int16]
    lost: NDArray[np.int16]
    reward: NDArray[np.float32]
    card: Mapping[str, Any] = field(default_factory=dict)
    propensity: NDArray[np.float32] | None = None
    history: int = 0
    debt: NDArray[np.float32] | None = None
    action: NDArray[Any] = field(init=False, repr=False, compare=False)
    outcomes: NDArray[np.float32] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Cast and check the arrays; raise InputError naming the one that does not fit."""
        arrays = {name: cast(name, getattr(self, name), count=name in COUNTS) for name in ARRAYS}
        check_shapes(arrays)
        described = self.card.get("environment")
        slice_ = EnvironmentConfig.from_dict(described) if described else None
        if slice_ is not None and not self.history:
            object.__setattr__(self, "history", slice_.history)
        self._check_rewards(arrays, check_counts(arrays, self.history))
        for name, array in arrays.items():
            object.__setattr__(self, name, array)
        if self.propensity is not None:
            object.__setattr__(
                self, "propensity", check_odds(self.propensity, self.allocation.shape)
            )
        if self.debt is not None:
            object.__setattr__(self, "debt", check_debt(self.debt, self.allocation.shape))
        object.__setattr__(self, "action", self.allocation)
        object.__setattr__(self, "outcomes", user_parts(self.lost, self.reward)[..., None])
        if slice_ is not None:
            self._check_description(slice_)

    @staticmethod
    def _check_rewards(arrays: Mapping[str, NDArray[Any]], at_stake: NDArray[np.float64]) -> None:
        """Raise InputError unless rewards are what counts say."""
        check_rewards(arrays, at_stake)

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
        shown = getattr(self, name)[..., CHANNEL]
        near = [np.isclose(shown, one, rtol=CHANNEL_ERROR).all(axis=-1) for one in classes]
        unknown = shown[~np.any(near, axis=0)]
        return f"k = {unknown[0, 0]:g}, s = {unknown[0, 1]:g}" if len(unknown) else None

    @classmethod
    def done(cls, asked: NDArray[Any], space: Any) -> NDArray[np.int64]:
        """Return the RBs that requests are granted; see `Transitions.done`."""
        if not isinstance(space, Box) or np.any(space.low != 0):
            raise InputError(
                "no infos/grant, and actions that are no RBs: collect "
                "around the environment itself, and wrap the collector"
            )
        return grant(asked, asked.shape, int(space.high.max()))[0]

    def check(self, config: EnvironmentConfig) -> None:
        """Raise InputError unless these are data of a slice, as every learner needs them.

        Parameters
        ----------
        config : EnvironmentConfig
            The slice. Its users, budget and features are held against the arrays, and whatever
            else decides on its data against the card, where there is one.
        """
        self._check_family(config.family)
        self._check_sizes(config, "as in the configuration")
        described, own = self.card.get("environment", {}), config.to_dict()
        for name in PHYSICS:
            if name in described and described[name] != own[name]:
                raise InputError(
                    f"dataset's card has {name} = {described[name]}: must be {own[name]}, as in "
                    "the configuration"
                )
        for name in ("link_curves", "forecast"):
            if described and described.get(name) != own.get(name):
                raise InputError(f"dataset's card has other {name}: must be the configuration's")

    def _check_sizes(self, config: EnvironmentConfig, why: str) -> None:
        _, users, features = self.observation.shape
        if users != config.N_user:
            raise InputError(f"dataset has {users} users: must be N_user = {config.N_user}, {why}")
        if (most := int(self.allocation.sum(axis=1, dtype=np.int64).max())) > config.B:
            raise InputError(f"dataset grants {most} RBs: must be at most B = {config.B}, {why}")
        if features != (wanted := features_of(config)):
            also = f" and history = {config.history}" if config.history else ""
            raise InputError(
                f"dataset has {features} features a user: must be {wanted}, with retransmit = "
                f"{config.retransmit}{also}, {why}"
            )

    def column(self, name: str) -> NDArray[np.float32]:
        """Return a further column of the log; see `Transitions.column`.

        ``sent`` are the packets at stake: new ones, and those that waited.
        """
        if name == "propensity":
            return propensities(self) if self.propensity is None else self.propensity
        packets: dict[str, NDArray[Any]] = {"sent": self.sent, "delivered": self.delivered}
        return packets[name].astype(np.float32)

    @property
    def sent(self) -> NDArray[np.float64]:
        """Return the packets at stake (W, N): new ones, and those that waited."""
        if self.debt is not None:  # goes without waiting packets
            return self.demand.astype(np.float64)
        return self.demand + waited(self.observation, self.history)

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

    def shown(self, config: EnvironmentConfig) -> Self:
        """Return the same data as a slice shows them to its scheduler.

        Datasets are collected by schedulers that see forecasts and the channel.
        """
        data = self if config.channel_information else self.hide_channel(*config.mean_channel)
        seen = data.card.get("environment", {}).get("information", "predicted")
        data = data.remember(config.history)
        data = data.reveal() if seen != config.information == "perfect" else data
        return data.show_debt(np.array(config.floors)) if config.debt_information else data

    def reveal(self) -> Self:
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
        shown = self.observation.copy()
        shown[..., Column.DEMAND] = self.sent
        cut: dict[str, Any] = {
            name: getattr(self, name).reshape(episodes, length, *getattr(self, name).shape[1:])
            for name in self._held()
            if name not in ("observation", "final_observation")
        }
        shown = shown.reshape(episodes, length, *shown.shape[1:])
        return type(self)(
            observation=shown[:, :-1].reshape(-1, *shown.shape[2:]),
            final_observation=shown[:, -1],
            card=self._card_with(information="perfect"),
            history=self.history,
            **{name: a[:, :-1].reshape(-1, *a.shape[2:]) for name, a in cut.items()},
        )

    def remember(self, windows: int) -> Self:
        """Return the same data as a scheduler sees them that is shown K windows of history.

        What a history shows is in the log: grants, and what became of the packets.
        """
        if windows == self.history:
            return self
        episodes, length = len(self.final_observation), self.episode_length
        now = np.stack([self.allocation, share_of(self.delivered, self.sent), self.sent], axis=-1)
        now = now.reshape(episodes, length, *now.shape[1:])
        # A window's row k holds the window k + 1 before it; the last window's successor comes last.
        before = np.zeros((episodes, length + 1, now.shape[2], windows, len(Past)), np.float32)
        for lag in range(1, min(windows, length) + 1):
            before[:, lag:, :, lag - 1] = now[:, : length + 1 - lag]
        shape = (now.shape[2], windows * len(Past))
        known = self.observation.shape[-1] - len(Past) * self.history
        seen = before[:, :-1].reshape(episodes * length, *shape)
        after = before[:, -1].reshape(episodes, *shape)
        return replace(
            self,
            observation=np.concatenate([self.observation[..., :known], seen], axis=-1),
            final_observation=np.concatenate([self.final_observation[..., :known], after], axis=-1),
            card=self._card_with(history=windows),
            history=windows,
        )

    def hide_channel(self, slope: float, midpoint: float) -> Self:
        """Return the same data as a scheduler sees them that is not shown the channel.

        Parameters
        ----------
        slope, midpoint : float
            What is shown of every user instead: the means of k (1/RB) and s (RB) over the classes.
        """
        hidden = {}
        for name in ("observation", "final_observation"):
            hidden[name] = getattr(self, name).copy()
            hidden[name][..., CHANNEL] = slope, midpoint
        return replace(self, card=self._card_with(channel_information=False), **hidden)

    def _card_with(self, **fields: Any) -> dict[str, Any]:
        """Return the card with fields of its slice, if it describes one, replaced."""
        described = self.card.get("environment")
        return {**self.card, "environment": {**described, **fields}} if described else {**self.card}

    def show_debt(self, floor: Floats) -> Self:
        """Return the same data as a scheduler sees them that is shown debts, and pays them.

        The debt is the fifth feature. Outcomes and rewards are those of the Lagrangian: a lost
        packet counts as `worth` says, more than one the more its user is owed.

        Parameters
        ----------
        floor : (N,) ndarray of float
            What each user is promised.
        """
        if self.debt is None:
            raise InputError("no debt: these data were collected where no floor was promised")
        data, last = copy(self), self.episode_end
        final = debt_after(self.debt[last], floor, self.demand[last], self.delivered[last])
        outcomes = (self.outcomes * worth(self.debt)[..., None]).astype(np.float32)
        for name, values in {
            "observation": np.insert(self.observation, DEBT, self.debt, axis=-1),
            "final_observation": np.insert(self.final_observation, DEBT, final, axis=-1),
            "outcomes": outcomes,
            "reward": outcomes.mean(axis=(1, 2)),
        }.items():
            # Checked as they were logged: features beyond the fourth would count as waiting.
            object.__setattr__(data, name, values)
        return data


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
        E episodes of T windows; debts stand apart from what else was seen.
    """
    observation = simulator.observe()
    owes = simulator.config.debt_information
    rows: dict[str, list[NDArray[Any]]] = {name: [] for name in ARRAYS if "final" not in name}
    if simulator.config.floor is not None:
        rows["debt"] = []
    for _ in range(windows):
        debt = simulator.debt
        logged = np.delete(observation, DEBT, axis=-1) if owes else observation
        allocation = policy.act(observation)
        step = simulator.step(allocation)
        seen = (logged, allocation, step.demand, step.delivered, step.lost, step.reward, debt)
        for name, value in zip(rows, seen, strict=False):
            rows[name].append(value)
        observation = step.observation
    kinds: dict[str, Any] = dict.fromkeys(("observation", "reward", "debt"), np.float32)

    def episodes(name: str) -> NDArray[Any]:
        stacked = np.stack(rows[name], axis=1).astype(kinds.get(name, np.int16))
        return stacked.reshape(-1, *stacked.shape[2:])

    arrays: dict[str, Any] = {name: episodes(name) for name in rows}
    observation = np.delete(observation, DEBT, axis=-1) if owes else observation
    return OfflineDataset(
        final_observation=observation.astype(np.float32),
        history=simulator.config.history,
        **arrays,
    )
