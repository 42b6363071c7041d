"""The slice, many copies of it side by side, one window at a time."""

from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.config.base import check_choice
from difsched.env.slice.allocation import check_allocation
from difsched.env.slice.columns import CHANNEL, DEBT, PACKETS, Column, Past, past, waiting
from difsched.env.slice.debt import check_promise, debt_after
from difsched.env.slice.link.curves import link_curves
from difsched.env.slice.link.sigmoid import next_classes
from difsched.env.slice.traffic.generator import TrafficGenerator
from difsched.env.slice.view import features_of
from difsched.errors import InputError
from difsched.typing import Floats

OUTCOMES = ("expected", "sampled", "drawn")
#: A user-window meets its QoS when its loss is at most this (haptic teleoperation).
QOS_LOSS = 0.1


@dataclass(frozen=True)
class Step:
    """What one window did, in E copies of the slice.

    No packet appears or vanishes: demand + pending before = delivered + lost + pending after.

    Attributes
    ----------
    observation : (E, N, F) ndarray of float
        What the scheduler sees before the next window; see :class:`Simulator`.
    reward : (E,) ndarray of float
        Minus the packet-loss ratio, in [-1, 0]: packets lost for good over packets at stake (new
        ones and those that waited), 0 where nothing is at stake. If expected, the mean of the one
        over the mean of the other.
    demand : (E, N) ndarray of int
        New packets of the window.
    delivered, lost, pending : (E, N) ndarray
        Packets that got through, that are lost for good, and that wait for the next window: whole
        numbers if sampled, else their means.
    """

    observation: Floats
    reward: Floats
    demand: NDArray[np.int64]
    delivered: NDArray[Any]
    lost: NDArray[Any]
    pending: NDArray[Any]

    @property
    def at_stake(self) -> NDArray[Any]:
        """Packets (E, N) that the window could deliver: new ones and those that waited."""
        return self.delivered + self.lost + self.pending

    @property
    def user_loss(self) -> Floats:
        """Each user's loss (E, N): packets lost for good over those at stake, 0 without any."""
        at_stake = self.at_stake
        return np.divide(self.lost, at_stake, out=np.zeros(at_stake.shape), where=at_stake > 0)

    @property
    def qos_met(self) -> NDArray[np.bool_]:
        """Whether each user's loss (E, N) is at most ``QOS_LOSS``."""
        return self.user_loss <= QOS_LOSS

    def starved(self, grants: NDArray[np.int64], r_bar: float) -> NDArray[np.bool_]:
        """Return who (E, N) had packets at stake, but was granted fewer than ``r_bar`` RBs."""
        return (self.at_stake > 0) & (grants < r_bar)

    def first(self, copies: int) -> "Step":
        """Return the window in the first so many copies alone."""
        return Step(*(getattr(self, part.name)[:copies] for part in fields(self)))


def share_of(acknowledged: NDArray[Any], sent: NDArray[Any]) -> Floats:
    """Return the share of the packets sent that was acknowledged, 0 where none was sent."""
    return np.divide(acknowledged, sent, out=np.zeros(np.shape(sent)), where=sent > 0)


class Simulator:
    """Steps E independent copies of one slice.

    Every user runs through the trace from an own random place; its channel class is a Markov
    chain. Neither depends on the grants. With ``retransmit: 0`` the task is therefore a contextual
    bandit: the best grant for a window is best for every discount factor. With ``retransmit: D``
    packets that do not get through join the user's next window until they are D windows old and
    are lost only then: what is granted now changes what waits later, a true Markov decision
    process. Waiting packets are sent beside the new ones, each with the window's own chance.

    The observation holds for each user, in this order (`columns.Column`):

    ==================  =======  =====================================================
    demand              packets  of the coming window: forecast or truth, and all that wait
    previous_demand     packets  new in the window before
    slope               1/RB     channel k of the coming window, or the mean of all classes
    midpoint            RB       channel s of the coming window, or the mean of all classes
    waiting 1..D        packets  left from 1..D windows ago; none with ``retransmit: 0``
    debt                packets  owed of the ``floor``; only with ``debt_information``
    history 1..K        mixed    RBs granted, share acknowledged and packets sent in each of the
                                 last windows of the episode (`columns.Past`), zero before it
    ==================  =======  =====================================================

    Parameters
    ----------
    config : EnvironmentConfig
        The slice; ``config.information`` chooses between forecast and truth, and
        ``config.channel_information`` between the user's own channel and the mean.
    traffic : TrafficGenerator
        The trace that users run through.
    n_envs : int
        Copies E, >= 1.
    outcomes : {"expected", "sampled", "drawn"}
        Whether packets are means given the grants (closed form) or binomial draws; ``"drawn"``:
        what waits and what is shown are draws, and a window's packets are their means given what
        it had, which are never shown. Means would tell a hidden channel without error.
    seed : numpy.random.SeedSequence
        Where offsets, channels and (on a stream of their own) deliveries are drawn from, so that
        two policies under the same seed meet the same traffic and channels.

    Raises
    ------
    InputError
        If ``outcomes`` is unknown, or a window of the trace has more packets than slots.
    """

    def __init__(
        self,
        config: EnvironmentConfig,
        traffic: TrafficGenerator,
        n_envs: int,
        *,
        outcomes: str,
        seed: np.random.SeedSequence,
    ) -> None:
        self.config = config
        self.traffic = traffic
        self.shape = (n_envs, config.N_user)
        self.sampled = check_choice("outcomes", outcomes, OUTCOMES) != "expected"
        self.told = outcomes != "drawn"
        self._channels = np.stack([config.sigmoid_k_list, config.sigmoid_s_list], axis=-1)
        # What a class looks like; to who does not see the channel all look like their mean.
        self._shown = self._channels
        if not config.channel_information:
            self._shown = np.broadcast_to(config.mean_channel, self._channels.shape)
        # Every chance that can occur (C, B + 1): looking one up is faster than an exponential.
        self.chances = link_curves(config)
        self.floor = np.array(config.floors)
        check_promise(self.floor, self.chances)
        trace = traffic.trace
        if (most := int(trace.packets.max())) > config.LEN_window:
            raise InputError(
                f"traffic has {most} packets in a window: must be at most LEN_window = "
                f"{config.LEN_window}"
            )
        forecast = trace.forecast if config.information == "predicted" else trace.packets
        # The trace is a ring: what came before its first window is its last.
        self._seen = np.stack([forecast, np.roll(trace.packets, 1)], axis=-1, dtype=np.float64)
        self.reset(seed)

    def reset(self, seed: np.random.SeedSequence | None = None) -> Floats:
        """Start new episodes and return their first observation, (E, N, F); nothing waits.

        With a seed the streams start anew from it; without, they go on.
        """
        if seed is not None:
            # Children by number, not spawn(): a SeedSequence counts what it has spawned, so the
            # same object would give other streams the second time.
            self._world, self._luck = (
                np.random.default_rng(
                    np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, child))
                )
                for child in range(2)
            )
        self._position = self.traffic.offsets(self._world, self.shape)
        self._classes = self._world.integers(len(self._channels), size=self.shape)
        kind = np.int64 if self.sampled else np.float64
        self._waiting = np.zeros((*self.shape, self.config.retransmit), dtype=kind)
        self._past = np.zeros((*self.shape, self.config.history, len(Past)))
        #: What users (E, N) are owed of the floor, packets; see `difsched.env.slice.debt`.
        self.debt = np.zeros(self.shape)
        return self.observe()

    @property
    def classes(self) -> NDArray[np.int64]:
        """Channel class (E, N) of each user in the coming window."""
        return self._classes

    def observe(self) -> Floats:
        """Return what the scheduler sees before the coming window, (E, N, F)."""
        observation = np.empty((*self.shape, features_of(self.config)))
        observation[..., PACKETS] = self._seen.take(self._position, axis=0)
        observation[..., CHANNEL] = self._shown.take(self._classes, axis=0)
        if self.config.retransmit:
            observation[..., Column.DEMAND] += self._waiting.sum(axis=-1)
            observation[..., waiting(self.config.retransmit)] = self._waiting
        if self.config.history:
            observation[..., past(self.config.history)] = self._past.reshape(*self.shape, -1)
        if self.config.debt_information:
            observation[..., DEBT] = self.debt
        return observation

    def future(self, windows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return new packets and channel classes (E, N, T) of the coming windows; nothing moves."""
        ahead = self._position[..., None] + np.arange(windows)
        world, classes = deepcopy(self._world), [self._classes]
        for _ in range(windows - 1):
            stay, count = self.config.channel_stay, len(self._channels)
            classes.append(next_classes(classes[-1], count, stay, world))
        return self.traffic.trace.packets.take(ahead % self.traffic.length), np.stack(classes, -1)

    def step(self, allocation: NDArray[np.int64]) -> Step:
        """Grant RBs for the coming window and let it pass.

        Parameters
        ----------
        allocation : (E, N) ndarray of int
            RBs a slot, >= 0, each row summing to at most B.

        Raises
        ------
        InputError
            If the allocation is not of that kind.
        """
        return self.advance(check_allocation(allocation, self.shape, self.config.B))

    def advance(self, grants: NDArray[np.int64]) -> Step:
        """Let the window pass as `step` does, with grants that are known to be allowed."""
        demand = self.traffic.trace.packets.take(self._position)
        chance = self.chances[self._classes, grants]
        if self.config.retransmit:
            packets = np.concatenate([demand[..., None], self._waiting], axis=-1)
            arrived = self._send(packets, chance[..., None])
            self._waiting = (packets - arrived)[..., :-1]
            counted = arrived if self.told else packets * chance[..., None]
            left = packets - counted
            lost, delivered = left[..., -1], counted.sum(axis=-1)
            pending, at_stake = left[..., :-1].sum(axis=-1), packets.sum(axis=-1)
            acknowledged = arrived.sum(axis=-1)
        else:
            acknowledged = self._send(demand, chance)
            delivered = acknowledged if self.told else demand * chance
            lost, at_stake = demand - delivered, demand
            pending = np.zeros(self.shape, dtype=delivered.dtype)
        if self.config.history:
            self._remember(grants, acknowledged, at_stake)
        if self.config.floor is not None:
            self.debt = debt_after(self.debt, self.floor, demand, acknowledged)
        reward = -lost.sum(axis=-1) / np.maximum(at_stake.sum(axis=-1), 1)
        self._position = (self._position + 1) % self.traffic.length
        self._classes = next_classes(
            self._classes, len(self._channels), self.config.channel_stay, self._world
        )
        return Step(self.observe(), reward, demand, delivered, lost, pending)

    def _remember(self, grants: NDArray[Any], acknowledged: NDArray[Any], sent: Floats) -> None:
        """Put the window before those of the history, and forget the last of these."""
        now = np.stack([grants, share_of(acknowledged, sent), sent], axis=-1)
        self._past = np.concatenate([now[..., None, :], self._past[..., :-1, :]], axis=-2)

    def _send(self, packets: NDArray[Any], chance: Floats) -> NDArray[Any]:
        return self._luck.binomial(packets, chance) if self.sampled else packets * chance
