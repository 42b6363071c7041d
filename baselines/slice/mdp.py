"""The MDP scheduler: sub-agents planned on aggregated demand, composed by user groups.

A sub-agent plans for a few users with one channel: a user's demand is one of ``N_aggregation``
states, their joint state is Markov, an action grants each user one of ``N_r`` levels with the sum
at most ``B``, and the reward is minus the expected loss ratio at the states' mean demands. Users'
traffic does not depend on grants, so the optimal policy is also the best answer to the current
state alone; value iteration adds its worth. Composition serves a larger slice: each group of
users asks its sub-agent, and the requests are scaled to the slice's budget.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.baselines.method import Method, Task
from difsched.baselines.slice.markov.chain import expect_next, fit_chain
from difsched.baselines.slice.markov.quantiser import (
    check_packets,
    fit_quantiser,
    quantise,
    thresholds,
)
from difsched.baselines.slice.markov.reward import count_actions, expected_reward, joint_actions
from difsched.baselines.slice.markov.value_iteration import value_iteration
from difsched.config import AgentConfig, EnvironmentConfig
from difsched.env.slice.allocation import scale_to_budget
from difsched.env.slice.columns import Column
from difsched.env.slice.link.sigmoid import success_probability
from difsched.errors import InputError
from difsched.policy import Policy
from difsched.typing import Floats, Ints
from difsched.utils.files import read_npz, to_json, write_npz
from difsched.utils.plain import from_json

MAX_REWARDS = 50_000_000  # entries of the reward table (joint states x actions): 400 MB


@dataclass(frozen=True)
class SubAgent:
    """A planned policy for ``config.N_user`` users of one kind.

    Attributes
    ----------
    config : AgentConfig
        The system it was planned on.
    representatives : (n,) float64
        Mean demand of each of the n demand states, packets, ascending: ``N_aggregation``, or as
        many as the training trace has different counts.
    transition : (n, n) float64
        A user's demand state from window to window; rows sum to 1.
    levels : (N_r,) float64
        RBs of each level.
    policy : (n**N_user, N_user) int64
        Level of each user in each joint state; the last user's state counts fastest.
    value : (n**N_user,) float64
        Expected discounted sum of rewards from each joint state, <= 0.
    """

    config: AgentConfig
    representatives: Floats
    transition: Floats
    levels: Floats
    policy: Ints
    value: Floats

    def act(self, demand: ArrayLike) -> Floats:
        """Return the RBs (W, N_user) requested for demands or forecasts (W, N_user), packets.

        Each is one of ``levels``, each row sums to ``config.B`` at most; errors: `joint_state`.
        """
        return self.levels[self.policy[self.joint_state(demand)]]

    def joint_state(self, demand: ArrayLike) -> NDArray[np.intp]:
        """Return the joint state (W,) of demands or forecasts (W, N_user), packets.

        Raises
        ------
        InputError
            If ``demand`` has another number of users or is not finite.
        """
        packets = np.asarray(demand, dtype=np.float64)
        users = self.config.N_user
        if packets.ndim != 2 or packets.shape[1] != users:
            raise InputError(f"demand has shape {packets.shape}: must be (windows, {users})")
        if not np.isfinite(packets).all():
            raise InputError("demand holds a value that is not finite: must be packets >= 0")
        states = quantise(packets, thresholds(self.representatives))
        return np.ravel_multi_index(tuple(states.T), (len(self.representatives),) * users)

    def save(self, path: str | Path) -> None:
        """Write the sub-agent as npz, atomically."""
        arrays = {name: getattr(self, name) for name in _array_names()}
        write_npz(path, arrays | {"config": np.array([to_json(self.config.to_dict())])})

    @classmethod
    def load(cls, path: str | Path) -> "SubAgent":
        """Read a sub-agent that :meth:`save` wrote.

        Raises
        ------
        InputError
            If the file is missing, damaged, or its arrays do not belong to its configuration.
        """
        arrays = read_npz(path, ["config", *_array_names()])
        try:
            config = AgentConfig.from_dict(from_json(str(arrays.pop("config").item())))
            agent = cls(config, **arrays)
            _check_agent(agent)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path} is not an MDP sub-agent: {error}") from None
        return agent


def _array_names() -> list[str]:
    return [field.name for field in fields(SubAgent) if field.name != "config"]


def _check_agent(agent: SubAgent) -> None:
    """Raise InputError unless the arrays fit the configuration and each other."""
    config = agent.config
    states, users = np.size(agent.representatives), config.N_user
    if not 1 <= states <= config.N_aggregation:
        raise InputError(
            f"representatives: must be 1..{config.N_aggregation}, N_aggregation at most"
        )
    if users * math.log(states) > math.log(MAX_REWARDS):
        raise InputError(f"N_user = {users}, {states} demand states: too many joint states")
    shapes: dict[str, tuple[int, ...]] = {
        "representatives": (states,),
        "transition": (states, states),
        "levels": (config.N_r,),
        "policy": (states**users, users),
        "value": (states**users,),
    }
    for name, shape in shapes.items():
        array, kind = getattr(agent, name), "i" if name == "policy" else "f"
        if array.shape != shape or array.dtype.kind != kind or not np.isfinite(array).all():
            raise InputError(f"{name}: must be finite numbers of shape {shape}")
    if not (np.diff(agent.representatives) > 0).all():
        raise InputError("representatives: must ascend")
    rows = agent.transition.sum(axis=1)
    if agent.transition.min() < 0 or not np.allclose(rows, 1, rtol=0, atol=1e-9):
        raise InputError("transition: must be probabilities, each row summing to 1")
    if not np.array_equal(agent.levels, request_levels(config)):
        raise InputError("levels: must be linspace(0, B, N_r)")
    if agent.policy.min() < 0 or agent.policy.sum(axis=1).max() >= config.N_r:
        raise InputError("policy: must be levels >= 0 whose RBs sum to B at most")


def request_levels(config: AgentConfig) -> Floats:
    """Return the levels (N_r,) that a user can be granted, RBs: linspace(0, B, N_r)."""
    return np.linspace(0, config.B, config.N_r)


def fit_agent(config: AgentConfig, packets: NDArray[Any]) -> SubAgent:
    """Plan a sub-agent from one user's training trace.

    Parameters
    ----------
    config : AgentConfig
        The sub-agent's system.
    packets : (T,) int
        Packets per window of its dataflow, each in 0..LEN_window, T >= 2.

    Raises
    ------
    InputError
        If the trace is not as above, or the system is too large for a table.
    """
    trace = check_packets(packets, config.LEN_window)
    representatives = fit_quantiser(trace, config.N_aggregation)
    size = len(representatives) ** config.N_user * count_actions(config.N_user, config.N_r)
    if size > MAX_REWARDS:
        raise InputError(
            f"N_user = {config.N_user} needs a table of {float(size):.0e} rewards: must be at "
            f"most {MAX_REWARDS:.0e}; lower N_user, N_aggregation or N_r"
        )
    actions = joint_actions(config.N_user, config.N_r)
    states = quantise(trace, thresholds(representatives))
    transition = fit_chain(states, len(representatives))
    levels = request_levels(config)
    probability = success_probability(levels, config.sigmoid_k, config.sigmoid_s)
    plan = value_iteration(
        expected_reward(representatives, probability, actions),
        partial(expect_next, transition, users=config.N_user),
        config.discount,
        tolerance=1e-10 / (1 - config.discount),  # relative to the worst return possible
    )
    return SubAgent(config, representatives, transition, levels, actions[plan.policy], plan.value)


class ComposedPolicy:
    """A scheduler for a whole slice: each group of users asks its sub-agent.

    Together the sub-agents may ask for more or less than the budget, so their requests are scaled
    to it. One sub-agent with all users and its own budget is the sub-agent alone.

    Parameters
    ----------
    sub_agents : sequence of SubAgent
        One for each group.
    user_map : list of list of int
        Users of each group, at most as many as its sub-agent serves; every user 0..N - 1 once.
    budget : int
        RBs a slot of the slice, spent whole.

    Raises
    ------
    InputError
        If groups and sub-agents do not match or do not cover the users once each.
    """

    def __init__(
        self, sub_agents: Sequence[SubAgent], user_map: list[list[int]], budget: int
    ) -> None:
        given = [len(group) for group in user_map]
        most = [agent.config.N_user for agent in sub_agents]
        if len(given) != len(most) or any(n > m for n, m in zip(given, most, strict=True)):
            raise InputError(f"user_map has groups of {given} users: sub_agents serve {most}")
        self.users = sum(given)
        if sorted(user for group in user_map for user in group) != list(range(self.users)):
            raise InputError(
                f"user_map = {user_map}: must name each of the users 0..{self.users - 1} once"
            )
        self.sub_agents, self.user_map, self.budget = sub_agents, user_map, budget

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return RBs (W, N) for observations (W, N, F), whose first feature is the demand."""
        demand = observation[..., Column.DEMAND]
        if demand.ndim != 2 or demand.shape[1] != self.users:
            raise InputError(
                f"observation has shape {observation.shape}: must be (windows, {self.users}, F)"
            )
        requests = np.zeros(demand.shape)
        for agent, group in zip(self.sub_agents, self.user_map, strict=True):
            # Who is missing from a smaller group has nothing to send.
            absent = agent.config.N_user - len(group)
            whole = np.pad(demand[:, group], ((0, 0), (0, absent)))
            requests[:, group] = agent.act(whole)[:, : len(group)]
        return scale_to_budget(requests, self.budget)


def compose(config: EnvironmentConfig, agent_paths: Mapping[int, Path]) -> ComposedPolicy:
    """Return a slice's sub-agents, read from the files given by number, as one scheduler."""
    agents = [SubAgent.load(agent_paths[index]) for index in config.sub_agents_idx]
    return ComposedPolicy(agents, config.user_map, config.B)


def _composed(task: Task) -> Policy:
    return compose(task.config, task.agent_paths)


SCHEDULERS = [
    Method(
        "mdp",
        "MDP",
        _composed,
        "rules",
        about="Value iteration on aggregated demand: sub-agents of some users each, composed",
    )
]
