"""Hyper-parameters of soft actor-critic."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import Config, check_number, set_fields
from difsched.config.learning import MOST_WEIGHT, check_sizes


@dataclass(frozen=True)
class SACConfig(Config):
    """Soft actor-critic as Stable-Baselines3 implements it.

    On an offline dataset only ``hidden``, ``layers``, ``discount`` and ``entropy_coefficient``
    count: the rest is the training's.

    Attributes
    ----------
    hidden, layers : int
        Width and number of the hidden layers of actor and critics, >= 1.
    discount : float
        Discount factor gamma, in [0, 1].
    learning_rate : float
        Adam's first step size, > 0; it falls to zero along half a cosine over the whole run.
    entropy_coefficient : float
        Weight of the policy's entropy at the start, > 0; learned from there on.
    batch_size : int
        Transitions in a minibatch, >= 1.
    n_envs : int
        Environments stepped side by side, >= 1.
    gradient_steps : int
        Gradient steps after each step of all environments, >= 1.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "sac"}

    hidden: int
    layers: int
    discount: float
    learning_rate: float
    entropy_coefficient: float
    batch_size: int
    n_envs: int
    gradient_steps: int

    #: The window's reward, as Stable-Baselines3 has one reward a step.
    learns_from: ClassVar[str] = "window"

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_sizes(self, "hidden", "layers", "batch_size", "n_envs", "gradient_steps")
        set_fields(
            self,
            discount=check_number("discount", self.discount, 0, 1),
            learning_rate=check_number("learning_rate", self.learning_rate, 0, 1, open_low=True),
            entropy_coefficient=check_number(
                "entropy_coefficient", self.entropy_coefficient, 0, MOST_WEIGHT, open_low=True
            ),
        )


CONFIG = SACConfig
