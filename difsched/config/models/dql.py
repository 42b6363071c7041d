"""Hyper-parameters of diffusion Q-learning."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import check_choice
from difsched.config.learner import DiffusionConfig, RegularisedConfig

GRADIENTS = ("one_step", "chain", "half_chain")


@dataclass(frozen=True, kw_only=True)
class DQLConfig(DiffusionConfig, RegularisedConfig):
    """Networks, diffusion, critic, and how the critic moves the diffusion.

    Attributes
    ----------
    gradient : {"one_step", "chain", "half_chain"}
        Whether the critic judges the clean action of one denoising step or the end of a chain, of
        each row of a minibatch or of half of them.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "dql"}

    gradient: str = "one_step"

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_choice("gradient", self.gradient, GRADIENTS)

    @property
    def has_critic(self) -> bool:
        """Whether anything needs a critic: a Q loss, or a choice among proposals."""
        return self.eta > 0 or self.ranks

    @property
    def members(self) -> int:
        """Return the number of Q functions, 1 without a critic: the actor."""
        return self.critics if self.has_critic else 1


CONFIG = DQLConfig
