"""Hyper-parameters of deep Q-networks."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from difsched.config.base import Config, check_flag, number, one_of, whole
from difsched.config.learning import MOST_BATCH, MOST_HIDDEN, MOST_LAYERS


@dataclass(frozen=True)
class DQNConfig(Config):
    """A deep Q-network on Stable-Baselines3's.

    Attributes
    ----------
    hidden, layers : int
        Width and number of the hidden layers, >= 1.
    discount : float
        Discount factor gamma, in [0, 1].
    learning_rate : float
        Adam's first step size, > 0; it falls to zero along half a cosine over the whole run.
    double, dueling, prioritised : bool
        Double Q-learning, a dueling network, prioritised replay.
    priority_exponent : float
        How much the size of an error counts in prioritised replay, in [0, 1].
    exploration_fraction, exploration_final : float
        Share of the run in which the chance of a random action falls from 1, and to what.
    reward : {"window", "shaped", "episode"}
        What is learned from: each window's reward; the original project's shaped one (``faithful``
        only); or the episode's sum, in its last window.
    target_interval : int
        Windows between two copies of the network to its target, >= 1.
    batch_size : int
        Transitions in a minibatch, >= 1.
    n_envs : int
        Environments stepped side by side, >= 1.
    gradient_steps : int
        Gradient steps after each step of all environments, >= 1.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "dqn"}

    hidden: Annotated[int, whole(1, MOST_HIDDEN)]
    layers: Annotated[int, whole(1, MOST_LAYERS)]
    discount: Annotated[float, number(0, 1)]
    learning_rate: Annotated[float, number(0, 1, open_low=True)]
    double: Annotated[bool, check_flag]
    dueling: Annotated[bool, check_flag]
    prioritised: Annotated[bool, check_flag]
    priority_exponent: Annotated[float, number(0, 1)]
    exploration_fraction: Annotated[float, number(0, 1, open_low=True)]
    exploration_final: Annotated[float, number(0, 1)]
    reward: Annotated[str, one_of(("window", "shaped", "episode"))]
    target_interval: Annotated[int, whole(1)]
    batch_size: Annotated[int, whole(1, MOST_BATCH)]
    n_envs: Annotated[int, whole(1, MOST_BATCH)]
    gradient_steps: Annotated[int, whole(1, 1000)]


CONFIG = DQNConfig
