"""Hyper-parameters of flow Q-learning."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import check_int
from difsched.config.learner import RegularisedConfig


@dataclass(frozen=True, kw_only=True)
class FlowSetConfig(RegularisedConfig):
    """Networks, critic and the weight of its judgement, and how the one-step policy is distilled.

    Attributes
    ----------
    distillation : float
        Weight of the one-step policy's distance from the flow, >= 0.
    flow_steps : int
        Steps of Euler's method from noise to an action, >= 1.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "flow_set"}

    distillation: float = 1.0
    flow_steps: int = 5

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        self.check_weights("distillation")
        check_int("flow_steps", self.flow_steps, 1, 1000)


CONFIG = FlowSetConfig
