"""What a sub-agent's plan is worth on its own system, and a softer policy by the same values.

The policy in datasets need not be the greedy one: drawn with probabilities proportional to
exp(Q / temperature) (Boltzmann exploration), good actions come often and every action sometimes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from baselines.markov.chain import expect_next, stationary
from baselines.markov.reward import expected_reward, joint_actions
from baselines.mdp import SubAgent
from difsched.config import AgentConfig
from difsched.config.base import check_number
from difsched.env.slice.link import success_probability

Floats = NDArray[np.float64]


def action_values(agent: SubAgent) -> Floats:
    """Return Q (S, A): the worth of each action of `joint_actions` in each joint state.

    Q(s, a) = reward(s, a) + discount E[V(s') | s], so its maximum over actions is V, and as the
    chain moves alike under all actions, actions differ in Q as they do in reward.
    """
    config = agent.config
    following = expect_next(agent.transition, agent.value, config.N_user)
    actions = joint_actions(config.N_user, config.N_r)
    return _rewards(agent, actions) + config.discount * following[:, None]


def expected_loss(agent: SubAgent) -> float:
    """Return the expected loss ratio of a window in the long run, in [0, 1].

    On the sub-agent's own system: users with the demands that stand for the states, its channel
    and budget, its requests granted as they are. Users are independent, so the stationary law of
    the joint state is the product of theirs.
    """
    config = agent.config
    joint: Floats = np.ones(1)
    for _ in range(config.N_user):
        joint = np.outer(joint, stationary(agent.transition)).ravel()
    actions, chosen = np.unique(agent.policy, axis=0, return_inverse=True)
    reward = np.take_along_axis(_rewards(agent, actions), chosen[:, None], axis=1)[:, 0]
    return float(-joint @ reward)


def _rewards(agent: SubAgent, actions: NDArray[np.int64]) -> Floats:
    config = agent.config
    probability = success_probability(agent.levels, config.sigmoid_k, config.sigmoid_s)
    return expected_reward(agent.representatives, probability, actions)


@dataclass(frozen=True)
class SoftAgent:
    """A sub-agent that draws its requests; `ComposedPolicy` takes it for a sub-agent.

    Attributes
    ----------
    agent : SubAgent
        Its plan.
    temperature : float
        > 0, in units of the reward, the loss ratio: near 0 the agent is its plan but for ties,
        which are equally likely here; at 1 every action is about as likely as any other.
    generator : numpy.random.Generator
        Where requests are drawn from.

    Raises
    ------
    InputError
        If the temperature is not a finite number above 0.
    """

    agent: SubAgent
    temperature: float
    generator: np.random.Generator

    def __post_init__(self) -> None:
        """Check the temperature."""
        check_number("temperature", self.temperature, 0, open_low=True)

    @property
    def config(self) -> AgentConfig:
        """Return the system of its plan."""
        return self.agent.config

    @cached_property
    def probabilities(self) -> Floats:
        """Probability (S, A) of each action of `joint_actions` in each joint state."""
        return softmax(action_values(self.agent) / self.temperature, axis=1)

    def act(self, demand: ArrayLike) -> Floats:
        """Return the RBs (W, N_user) drawn for demands or forecasts (W, N_user), packets.

        Every request is one of the agent's levels and each row sums to its budget at most; errors
        as in `SubAgent.joint_state`.
        """
        own = self.probabilities[self.agent.joint_state(demand)]
        # Inverting the distribution function, which rounding may end just below 1.
        below = np.cumsum(own, axis=1)
        drawn = (below <= self.generator.random((len(own), 1)) * below[:, -1:]).sum(axis=1)
        actions = joint_actions(self.config.N_user, self.config.N_r)
        return self.agent.levels[actions[drawn]]
