"""Agents that share their weights by role, as one scheduler: decisions of W windows, and the file.

The UEs decide first, each with the same actor on its own task; then, on what they ask for, the
server, or the coordinator and the schedulers of the clusters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.policies import ActorCriticPolicy
from torch import Tensor

from difsched.baselines.sb3.policy import CRITIC, contained_randomness
from difsched.config.base import check_int, check_list, check_mapping
from difsched.env.mec.columns import bounds, columns
from difsched.env.mec.config import MecConfig
from difsched.env.mec.roles import (
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
from difsched.errors import InputError, naming
from difsched.family import family_of
from difsched.typing import Floats
from difsched.utils.tensors import ROWS, save_tensors

LEARNER = "ppo_shared"
UE, SERVER, COORDINATOR, SCHEDULER = "ue", "server", "coordinator", "cluster_sched"


@dataclass(frozen=True)
class Role:
    """What the agents of a role have in common.

    Attributes
    ----------
    agents : int
        How many there are.
    seen, done : int
        Numbers that each sees, and decides.
    """

    agents: int
    seen: int
    done: int

    @property
    def spaces(self) -> tuple[spaces.Box, spaces.Box]:
        """Return the spaces of what an agent sees and does."""
        seen = spaces.Box(-np.inf, np.inf, (self.seen,))
        return seen, spaces.Box(-LOGIT, LOGIT, (self.done,))


def roles(config: MecConfig) -> dict[str, Role]:
    """Return the roles of a configuration by name, in the order in which they decide."""
    users, clusters = config.users, config.clusters
    found = {UE: Role(users, TASK, 2)}
    if clusters == 1:
        return found | {SERVER: Role(1, 6 * users, users)}
    size = largest_cluster(config)
    return found | {
        COORDINATOR: Role(1, 5 * clusters, clusters),
        SCHEDULER: Role(clusters, 7 * size, size),
    }


#: From a role's name and what its agents see, (W agents, seen), to what they do, (W agents, done).
Decide = Callable[[str, NDArray[np.float32]], Floats]


def decide(observation: Floats, config: MecConfig, ask: Decide) -> Floats:
    """Return the simulator's action for observations (W, N, F), asking one role after the other."""
    windows = len(observation)

    def answer(role: str, table: Floats) -> Floats:
        rows = table.reshape(windows * roles(config)[role].agents, -1).astype(np.float32)
        values = np.clip(ask(role, rows).astype(np.float64), -LOGIT, LOGIT)
        return values.reshape(windows, -1, values.shape[-1])

    low, high = (ends[:, :TASK] for ends in bounds(config))
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-9)
    requests = Requests.of(answer(UE, (ue_tables(observation) - middle) / half))
    if config.clusters == 1:
        priority = answer(SERVER, server_table(observation, requests, config))[:, 0]
        return joint_action(requests, priority, observation, config)
    parts = answer(COORDINATOR, coordinator_table(observation, requests, config))[:, 0]
    ranked = answer(SCHEDULER, cluster_tables(observation, requests, config))
    priority = cluster_priorities(ranked, observation, config)
    return joint_action(requests, priority, observation, config, parts)


class SharedPolicy:
    """Decides with the mean actions of one actor a role.

    Parameters
    ----------
    config : MecConfig
    actors : mapping
        Role -> its actor and critic; only read.
    """

    def __init__(self, config: MecConfig, actors: Mapping[str, ActorCriticPolicy]) -> None:
        self.config, self.actors = config, actors

    def act(self, observation: NDArray[Any]) -> Floats:
        """Return shares and priorities, and of several clusters claims; see `Policy.act`."""
        return decide(np.asarray(observation, dtype=np.float64), self.config, self._mean)

    def _mean(self, role: str, rows: NDArray[np.float32]) -> Floats:
        missing = -len(rows) % ROWS["mlp"]
        filled = np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)])
        actions, _ = self.actors[role].predict(filled, deterministic=True)
        return np.asarray(actions)[: len(rows)]

    @property
    def parameters(self) -> int:
        """Return the number of weights with which it decides."""
        named = (pair for actor in self.actors.values() for pair in actor.named_parameters())
        return sum(weight.numel() for name, weight in named if CRITIC not in name)

    def save(self, path: str | Path) -> None:
        """Write as safetensors, atomically, the weights and all that it takes to decide."""
        tensors = {
            f"{role}.{name}": value
            for role, actor in self.actors.items()
            for name, value in actor.state_dict().items()
        }
        settings = {
            "learner": LEARNER,
            "family": self.config.family,
            "hidden": list(self.actors[UE].net_arch),
            "roles": {role: actor.observation_space.shape for role, actor in self.actors.items()},
            "features": len(columns(self.config)),
        }
        save_tensors(path, tensors, settings)


def read_policy(
    path: str | Path,
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    config: MecConfig,
) -> SharedPolicy:
    """Return the policy of a file's tensors and settings, to decide in a configuration.

    Raises
    ------
    InputError
        If a setting is missing or not allowed, or the weights were trained on other tables.
    """
    with naming(path):
        family_of(config).check_view(check_int("features", settings.get("features"), 1), {}, config)
        hidden = [
            check_int("hidden", size, 1, 4096)
            for size in check_list("hidden", settings.get("hidden"))
        ]
        trained = check_mapping("roles", settings.get("roles"))
        wanted = {name: [role.seen] for name, role in roles(config).items()}
        if trained != wanted:
            raise InputError(f"trained on tables {trained}: must be {wanted}")
        actors = {}
        try:
            for name, role in roles(config).items():
                actors[name] = make_actor(role, hidden)
                prefix = f"{name}."
                own = {key.removeprefix(prefix): v for key, v in tensors.items() if prefix in key}
                actors[name].load_state_dict(own)
        except (TypeError, ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"cannot be read as a policy of {LEARNER}: {reason}") from None
    return SharedPolicy(config, actors)


def make_actor(role: Role, hidden: list[int]) -> ActorCriticPolicy:
    """Return an actor and critic of a role with weights of no meaning."""
    with contained_randomness():
        torch.manual_seed(0)
        return ActorCriticPolicy(*role.spaces, lambda _: 0.0, net_arch=hidden)
