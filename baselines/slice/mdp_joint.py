"""The joint MDP: all users of the slice in one plan, and grants of any number of RBs.

What `difsched.baselines.slice.mdp` gives up to stay small, this keeps: there, groups of four plan
apart, on five levels of RBs, and their requests are scaled to the budget. As there, a user's demand
is one of ``N_aggregation`` states, the forecast is taken for the demand, and the channel is not
part of the state: a packet's chance is the mean over the channel classes, exact for who does not
see them.

Users are alike, so a joint state is how many of them are in each demand state, and its chain is
exact (`difsched.baselines.slice.markov.multiset`). Traffic does not depend on grants, so the
action that the Bellman equation asks for is the one of the largest reward now: of all ways to share
the budget, found by dynamic programming, without a list of actions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.slice.curves import mean_curve
from difsched.baselines.slice.markov.chain import fit_chain
from difsched.baselines.slice.markov.multiset import (
    count_multisets,
    find,
    multiset_chain,
    multisets,
)
from difsched.baselines.slice.markov.quantiser import (
    check_packets,
    fit_quantiser,
    quantise,
    thresholds,
)
from difsched.baselines.slice.markov.value_iteration import value_iteration
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.columns import Column
from difsched.policy import Policy
from difsched.typing import Floats, Ints
from difsched.utils.knapsack import allocate

#: Joint states at most. Their transitions are a dense table, which each sweep of value iteration
#: reads whole: 8 users with 4 demand states make 165 joint states, 20 users 1771 (25 MB, planned in
#: about 2 s), 40 users 12,341 (1.2 GB).
MAX_STATES = 4000


@dataclass(frozen=True)
class JointPlan:
    """An optimal policy of the joint MDP, with its value.

    Attributes
    ----------
    representatives : (n,) ndarray of float
        Mean demand of each demand state, packets, ascending.
    counts : (S, n) ndarray of int
        Users in each demand state, of each joint state.
    grants : (S, N) ndarray of int
        RBs of the users in each joint state, users by ascending demand state; rows sum to B.
    transition : (S, S) ndarray of float
        Joint state from window to window; rows sum to 1.
    reward : (S,) ndarray of float
        Minus the expected loss ratio under ``grants``, in [-1, 0]: no action has more.
    value : (S,) ndarray of float
        Expected discounted sum of rewards.
    """

    representatives: Floats
    counts: Ints
    grants: Ints
    transition: Floats
    reward: Floats
    value: Floats

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`. In one demand state, earlier users come first."""
        states = quantise(observation[..., Column.DEMAND], thresholds(self.representatives))
        counts = (states[..., None] == np.arange(len(self.representatives))).sum(axis=1)
        order = states.argsort(axis=1, kind="stable")
        allocation = np.empty(states.shape, dtype=np.int64)
        np.put_along_axis(allocation, order, self.grants[find(counts, self.counts)], axis=1)
        return allocation


def plan(config: EnvironmentConfig, packets: NDArray[Any], discount: float) -> JointPlan:
    """Solve the joint MDP of a slice.

    Parameters
    ----------
    config : EnvironmentConfig
        The slice: users, budget, channel classes, ``N_aggregation``.
    packets : (T,) int
        Packets per window of one user's training trace, each in 0..LEN_window, T >= 2.
    discount : float
        In [0, 1).

    Raises
    ------
    NotServed
        If there are more than ``MAX_STATES`` joint states.
    InputError
        If the trace is not as above.
    """
    trace = check_packets(packets, config.LEN_window)
    representatives = fit_quantiser(trace, config.N_aggregation)
    size = len(representatives)
    if count_multisets(config.N_user, size) > MAX_STATES:
        raise NotServed("state space")
    chain = fit_chain(quantise(trace, thresholds(representatives)), size)
    transition = multiset_chain(chain, config.N_user)
    counts = multisets(config.N_user, size)
    demand = np.array([np.repeat(representatives, row) for row in counts])
    worth = demand[..., None] * mean_curve(config)
    grants = allocate(worth)
    delivered = np.take_along_axis(worth, grants[..., None], axis=2).sum(axis=(1, 2))
    offered = demand.sum(axis=1)
    lost = offered - delivered
    reward = -np.divide(lost, offered, out=np.zeros_like(lost), where=offered > 0)
    tolerance = 1e-10 / (1 - discount)  # relative to the worst return possible
    found = value_iteration(
        reward[:, None], lambda value: transition @ value, discount, tolerance=tolerance
    )
    return JointPlan(representatives, counts, grants, transition, reward, found.value)


def _joint(task: Task) -> Policy:
    agent = ConfigManager().load_agent_config(task.config.sub_agents_idx[0])
    return plan(task.config, task.traffic.train.packets, agent.discount)


SCHEDULERS = [
    Method(
        "mdp_joint",
        "MDP (joint)",
        _joint,
        "rules",
        about="Value iteration on aggregated demand of all users at once, by symmetry",
    )
]
