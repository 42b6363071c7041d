"""Hyper-parameters of proximal policy optimisation."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from difsched.config.base import Config, number, whole
from difsched.config.learning import MOST_BATCH, MOST_HIDDEN, MOST_LAYERS, MOST_WEIGHT
from difsched.errors import InputError


@dataclass(frozen=True)
class PPOConfig(Config):
    """Proximal policy optimisation as Stable-Baselines3 implements it.

    Attributes
    ----------
    hidden, layers : int
        Width and number of the hidden layers of actor and critic, >= 1.
    discount : float
        Discount factor gamma, in [0, 1].
    learning_rate : float
        Adam's first step size, > 0; it falls to zero along half a cosine over the whole run.
    entropy_coefficient : float
        Weight of the policy's entropy, >= 0.
    log_std : float
        Logarithm of the actor's standard deviation at the start, in [-10, 2]; the box of an action
        is [-1, 1].
    clip : float
        How far the ratio of new to old probabilities may move from 1, in (0, 1].
    gae : float
        Lambda of the generalised advantage estimate, in [0, 1].
    n_envs, n_steps : int
        Environments stepped side by side, and windows of each between two updates, >= 1.
    epochs : int
        Passes over the windows of an update, >= 1.
    batch_size : int
        Windows in a minibatch, >= 2; a divisor of ``n_envs n_steps``.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "ppo"}

    hidden: Annotated[int, whole(1, MOST_HIDDEN)]
    layers: Annotated[int, whole(1, MOST_LAYERS)]
    discount: Annotated[float, number(0, 1)]
    learning_rate: Annotated[float, number(0, 1, open_low=True)]
    entropy_coefficient: Annotated[float, number(0, MOST_WEIGHT)]
    log_std: Annotated[float, number(-10, 2)]
    clip: Annotated[float, number(0, 1, open_low=True)]
    gae: Annotated[float, number(0, 1)]
    n_envs: Annotated[int, whole(1, MOST_BATCH)]
    n_steps: Annotated[int, whole(1, MOST_BATCH)]
    epochs: Annotated[int, whole(1, 1000)]
    batch_size: Annotated[int, whole(2, MOST_BATCH)]

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        if (windows := self.n_envs * self.n_steps) % self.batch_size:
            raise InputError(
                f"batch_size = {self.batch_size}: must divide n_envs n_steps = {windows}"
            )


CONFIG = PPOConfig
