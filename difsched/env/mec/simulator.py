"""The edge server and its UEs, many copies side by side, one slot at a time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError
from difsched.family import Step
from difsched.typing import Floats

from .actions import check, decode
from .clustering import cluster_users
from .columns import Column, cluster_of, columns
from .config import MecConfig, Range
from .slot import Slot, reward, run_slot


class Simulator:
    """Steps W independent copies of one edge server and its N UEs.

    In each slot every UE has a new task, to be computed by itself or by the server; see
    `difsched.env.mec.slot`. Tasks, distances and speeds do not depend on the actions, so two
    policies under one seed meet the same ones. The requests that are seen are those of the
    coming slot.

    Parameters
    ----------
    config : MecConfig
    copies : int
        W, >= 1.
    seed : numpy.random.SeedSequence or numpy.random.Generator

    Attributes
    ----------
    last : Slot or None
        What became of each task of the last slot: the schedule. None before the first.

    Raises
    ------
    InputError
        If there are no copies.

    Notes
    -----
    With a hundred UEs about a hundred copies are fastest: their arrays fit a processor's cache.
    """

    def __init__(
        self, config: MecConfig, copies: int, seed: np.random.SeedSequence | np.random.Generator
    ) -> None:
        if copies < 1:
            raise InputError(f"copies = {copies!r:.60}: must be >= 1")
        self.config = config
        self.shape = (copies, config.users)
        self.columns = columns(config)
        self.reset(seed)

    def reset(self, seed: np.random.SeedSequence | np.random.Generator | None = None) -> Floats:
        """Start new episodes and return their first observation, (W, N, F).

        With a seed the random stream starts anew from it; without, it goes on.
        """
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self._time = 0
        self.last: Slot | None = None
        # Columns first: each is contiguous, and the observation is a view with them last.
        table = np.zeros((len(self.columns), *self.shape))
        self._draw_users(table)
        self._draw_tasks(table)
        self._seen = np.moveaxis(table, 0, -1)
        return self._seen

    def observe(self) -> Floats:
        """Return what is seen before the coming slot, (W, N, F)."""
        return self._seen

    def step(self, action: Any) -> Step:
        """Let a slot pass.

        Outcomes (W, N, 2) are QoS and energy, J, of each UE; with ``leftover`` (W, N, 1), its
        reward, since critics that look ahead sum what is linear in the reward. Metrics (W,) are
        ``qos`` and ``energy_j``, means over the UEs; ``deadline_misses``, part of the tasks that
        end after their deadline; ``offloaded``, part of the UEs; the same four by group, see
        `by_group`; ``projected``, 1 if the action was not feasible.

        Parameters
        ----------
        action : (W, N) or (W, N, A) array_like
            See `difsched.env.mec.actions`; shares beyond the band are projected and counted.

        Raises
        ------
        InputError
            If the action has another shape or is not finite.
        """
        config, observation = self.config, self._seen
        values, projected = check(action, observation)
        slot = run_slot(decode(values, observation, config), observation, config)
        earned = reward(slot.quality, slot.energy, config)
        outcomes = (earned,) if config.leftover else (slot.quality, slot.energy)
        late = slot.completion > observation[..., Column.DEADLINE]
        by_ue = {
            "qos": slot.quality,
            "energy_j": slot.energy,
            "deadline_misses": late,
            "offloaded": slot.decision.offloaded,
        }
        metrics = {
            **{name: values.mean(axis=-1) for name, values in by_ue.items()},
            **by_group(by_ue, observation, config),
            "projected": projected.astype(float),
        }
        self._time += 1
        self.last = slot
        self._next(slot)
        over = self._time >= config.slots
        return Step(self._seen, earned.mean(axis=-1), np.stack(outcomes, axis=-1), metrics, over)

    def _next(self, slot: Slot) -> None:
        # A new table, since those who were given the last one may keep it.
        table = np.array(np.moveaxis(self._seen, -1, 0))
        if self.config.redraw_users:
            self._draw_users(table)
        self._draw_tasks(table)
        if self.config.leftover:
            left = np.maximum(slot.busy - self.config.slot_s, 0.0)
            table[Column.BUSY] = np.take_along_axis(
                left, cluster_of(np.moveaxis(table, 0, -1), self.config), axis=1
            )
        self._seen = np.moveaxis(table, 0, -1)

    def _draw_users(self, table: Floats) -> None:
        config = self.config
        table[Column.DISTANCE] = self._uniform(config.distance_m)
        table[Column.SPEED] = self._uniform(config.speed_ghz)
        if config.clusters > 1:
            scale = max(config.distance_m[1], 1e-9), config.speed_ghz[1]
            features = np.stack([table[Column.DISTANCE], table[Column.SPEED]], axis=-1) / scale
            table[Column.CLUSTER] = cluster_users(features, config.clusters, self._rng)

    def _draw_tasks(self, table: Floats) -> None:
        config = self.config
        ranges = (config.data_mbit, config.cycles_g, config.deadline_s)
        for column, limits in zip(table, ranges, strict=False):
            column[...] = self._uniform(limits)

    def _uniform(self, limits: Range) -> Floats:
        return self._rng.uniform(*limits, self.shape)


def by_group(
    by_ue: Mapping[str, NDArray[Any]], observation: Floats, config: MecConfig
) -> dict[str, Floats]:
    """Return metrics (W, N) of UEs by group, each with ``_by_group`` behind its name.

    Groups are the UEs themselves, (W, N), if there is one queue; else the clusters, (W, K), with
    the means over their UEs.
    """
    if config.clusters == 1:
        return {f"{name}_by_group": values.astype(float) for name, values in by_ue.items()}
    member = cluster_of(observation, config)[:, None] == np.arange(config.clusters)[:, None]
    part = member / np.maximum(member.sum(axis=-1, keepdims=True), 1)
    return {
        f"{name}_by_group": np.einsum("wkn,wn->wk", part, values) for name, values in by_ue.items()
    }
