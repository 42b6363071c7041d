"""Joint actions of a sub-agent's users, and what each earns in each joint demand state."""

from itertools import product
from math import comb

import numpy as np

from difsched.typing import Floats, Ints


def count_actions(users: int, levels: int) -> int:
    """Return the number of level vectors that :func:`joint_actions` lists."""
    return comb(users + levels - 1, users)


def joint_actions(users: int, levels: int) -> Ints:
    """Return all level vectors (A, users) whose levels sum to ``levels - 1``, the budget, at most.

    The order settles ties: those that spend most come first, of these the most even.
    """
    # Built user by user: most of all levels**users vectors would overspend.
    actions = np.zeros((1, 0), dtype=np.int64)
    for _ in range(users):
        actions = np.concatenate(
            [
                np.hstack([rows, np.full((len(rows), 1), level)])
                for level in range(levels)
                for rows in [actions[actions.sum(axis=1) + level < levels]]
            ]
        )
    keys = (*actions.T[::-1], (actions**2).sum(axis=1), -actions.sum(axis=1))
    return actions[np.lexsort(keys)]


def expected_reward(representatives: Floats, probability: Floats, actions: Ints) -> Floats:
    """Return minus the expected loss ratio (S, A) of each action in each joint state.

    Parameters
    ----------
    representatives : (n,) float64
        Packets of each demand state.
    probability : (N_r,) float64
        Success probability at each level.
    actions : (A, users) int64
        Level vectors.

    Returns
    -------
    (n**users, A) float64
        In [-1, 0]; 0 where nothing is offered. The last user's state counts fastest.
    """
    users = actions.shape[1]
    demand = np.array(list(product(representatives, repeat=users)))
    offered = demand.sum(axis=1, keepdims=True)
    lost = demand @ (1 - probability[actions]).T
    result: Floats = -np.divide(lost, offered, out=np.zeros_like(lost), where=offered > 0)
    return result
