"""Edge computing with its documented agents, as a ParallelEnv of PettingZoo."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from difsched.errors import InputError
from difsched.typing import Floats
from difsched.utils.seeding import seed_sequence

from .columns import bounds
from .config import MecConfig
from .roles import (
    LOGIT,
    TASK,
    Requests,
    cluster_priorities,
    cluster_tables,
    coordinator_table,
    joint_action,
    largest_cluster,
    server_table,
    ue_tables,
)
from .simulator import Simulator

#: Name of the environment's random stream.
STREAM = "parallel_env"
SERVER, COORDINATOR = "server", "coordinator"
#: Spaces by agent.
Spaces = dict[str, Any]


class MecParallelEnv(ParallelEnv):  # type: ignore[misc]
    """One edge server; every agent acts in every slot and earns the slot's reward.

    ====================  =============  =====================================================
    agent                 action         observation
    ====================  =============  =====================================================
    ``ue_i``              (2,) logits:   (5,) data (Mbit), cycles (1e9), deadline (s),
                          offload        distance (m), own processor (GHz)
                          (if > 0),
                          spectrum
    ``server``            (N,)           (N 6,) a row a UE: data, cycles, deadline, distance
    (one queue)           priorities     (normalised), offloads, share of the band
    ``coordinator``       (K,) logits    (K 5,) a row a cluster: means of cycles, deadline,
    (clusters)            of the         distance, speed (normalised), offload ratio
                          processor
    ``cluster_sched_k``   (M,)           (M 7,) a row a UE: valid, data, cycles, deadline,
    (clusters)            priorities     distance (normalised), offloads, logit of spectrum
    ====================  =============  =====================================================

    Tasks are those of the coming slot. All agents act at the same time, so what the others see of
    the UEs' requests is the last slot's, nothing in the first. Numbers of an action are in
    [-4, 4]. A cluster's table has M = N - K + 1 rows, so that no UE is ever cut off.

    An episode ends by truncation, of all agents together. An info has a UE's ``qos`` and
    ``energy_j``; of the other agents the means over all UEs.

    Parameters
    ----------
    config : MecConfig
    """

    metadata = {"name": "mec_v0", "render_modes": []}  # noqa: RUF012 (as PettingZoo declares it)
    render_mode = None

    def __init__(self, config: MecConfig) -> None:
        self.config = config
        self.ues = [f"ue_{user}" for user in range(config.users)]
        self.schedulers = [f"cluster_sched_{k}" for k in range(config.clusters)]
        clustered = config.clusters > 1
        self.possible_agents = (
            [COORDINATOR, *self.ues, *self.schedulers] if clustered else [*self.ues, SERVER]
        )
        self.agents: list[str] = []
        self._simulator = Simulator(config, 1, seed_sequence(config.randomSeed, STREAM))
        self._requests = Requests.none(1, config)
        self.observation_spaces, self.action_spaces = self._spaces()

    @property
    def simulator(self) -> Simulator:
        """Return what is stepped; its ``last`` is the schedule of the last slot."""
        return self._simulator

    def observation_space(self, agent: str) -> Any:
        """Return the space of an agent's observations, always the same."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Any:
        """Return the space of an agent's actions, always the same."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[np.float32]], dict[str, dict[str, Any]]]:
        """Start an episode; a seed starts the stream anew, without one it goes on."""
        self.agents = list(self.possible_agents)
        self._requests = Requests.none(1, self.config)
        self._simulator.reset(None if seed is None else seed_sequence(seed, STREAM))
        return self._observe(), {agent: {} for agent in self.agents}

    def step(self, actions: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
        """Let a slot pass; see the class.

        Returns
        -------
        observations, rewards, terminations, truncations, infos : dict by agent

        Raises
        ------
        InputError
            If an agent's action is missing, has another shape, or numbers that are not allowed.
        """
        if not self.agents:
            return {}, {}, {}, {}, {}
        checked = {agent: self._check(agent, actions) for agent in self.agents}
        seen, config = self._simulator.observe(), self.config
        self._requests = Requests.of(np.stack([checked[ue] for ue in self.ues])[None])
        if config.clusters > 1:
            ranked = np.stack([checked[scheduler] for scheduler in self.schedulers])[None]
            priority, parts = cluster_priorities(ranked, seen, config), checked[COORDINATOR][None]
        else:
            priority, parts = checked[SERVER][None], None
        step = self._simulator.step(joint_action(self._requests, priority, seen, config, parts))
        agents = self.agents
        infos = self._infos()
        if step.truncated:
            self.agents = []
        return (
            self._observe(),
            dict.fromkeys(agents, float(step.reward[0])),
            dict.fromkeys(agents, False),
            dict.fromkeys(agents, step.truncated),
            infos,
        )

    def render(self) -> None:
        """Draw nothing."""

    def close(self) -> None:
        """Nothing is open."""

    def _check(self, agent: str, actions: Mapping[str, Any]) -> Floats:
        if agent not in actions:
            raise InputError(f"actions have none of {agent}: every agent acts in every slot")
        try:
            values = np.asarray(actions[agent], dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f"action of {agent}: must be numbers") from None
        if values.shape != (shape := self.action_spaces[agent].shape):
            raise InputError(f"action of {agent} has shape {values.shape}: must be {shape}")
        if not (allowed := np.abs(values) <= LOGIT).all():
            raise InputError(
                f"action of {agent} holds {values[~allowed][0]}: must be in [{-LOGIT:g}, {LOGIT:g}]"
            )
        return values

    def _infos(self) -> dict[str, dict[str, Any]]:
        slot = self._simulator.last
        assert slot is not None
        outcomes = np.stack([slot.quality[0], slot.energy[0]], axis=-1)

        def told(values: Floats) -> dict[str, Any]:
            return {"qos": float(values[0]), "energy_j": float(values[1])}

        by_ue = {ue: told(values) for ue, values in zip(self.ues, outcomes, strict=True)}
        mean = outcomes.mean(axis=0)
        return {agent: by_ue.get(agent) or told(mean) for agent in self.possible_agents}

    def _observe(self) -> dict[str, NDArray[np.float32]]:
        seen, config, requests = self._simulator.observe(), self.config, self._requests
        tables = dict(zip(self.ues, ue_tables(seen)[0], strict=True))
        if config.clusters > 1:
            tables[COORDINATOR] = coordinator_table(seen, requests, config)[0]
            by_cluster = cluster_tables(seen, requests, config)[0]
            tables |= dict(zip(self.schedulers, by_cluster, strict=True))
        else:
            tables[SERVER] = server_table(seen, requests, config)[0]
        return {agent: tables[agent].astype(np.float32).ravel() for agent in self.possible_agents}

    def _spaces(self) -> tuple[Spaces, Spaces]:
        config = self.config
        seen: Spaces = dict.fromkeys(self.ues, box(*(ends[0, :TASK] for ends in bounds(config))))
        done: Spaces = dict.fromkeys(self.ues, logits(2))
        if config.clusters == 1:
            seen[SERVER], done[SERVER] = rows(config.users, [1.0] * 6), logits(config.users)
            return seen, done
        seen[COORDINATOR] = rows(config.clusters, [1.0] * 5)
        done[COORDINATOR] = logits(config.clusters)
        size = largest_cluster(config)
        least, most = [0.0] * 6 + [-LOGIT], [1.0] * 6 + [LOGIT]
        seen |= dict.fromkeys(self.schedulers, rows(size, most, least))
        return seen, done | dict.fromkeys(self.schedulers, logits(size))


def box(low: Floats, high: Floats) -> Any:
    """Return a box in which rounding to float32 stays."""
    ends = low.astype(np.float32), high.astype(np.float32)
    return spaces.Box(np.nextafter(ends[0], -np.inf), np.nextafter(ends[1], np.inf))


def rows(count: int, most: list[float], least: list[float] | None = None) -> Any:
    """Return the space of a table of so many rows, in a row; its columns are >= 0 by default."""
    low = np.zeros(len(most)) if least is None else np.array(least)
    return box(np.tile(low, count), np.tile(np.array(most), count))


def logits(count: int) -> Any:
    """Return the space of so many logits."""
    return spaces.Box(-LOGIT, LOGIT, (count,))
