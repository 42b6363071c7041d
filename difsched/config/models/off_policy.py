"""Hyper-parameters of off-policy learning from propensities."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import check_choice, check_flag, check_number, set_fields
from difsched.config.learner import SeparableConfig
from difsched.config.learning import MOST_WEIGHT
from difsched.errors import InputError

ESTIMATORS = ("ips", "dr")


@dataclass(frozen=True, kw_only=True)
class OffPolicyConfig(SeparableConfig):
    """Networks, and what a policy is worth by the log.

    Attributes
    ----------
    estimator : {"ips", "dr"}
        By inverse propensities alone, or doubly robust: a critic beside them.
    bandwidth : float
        Standard deviation of the policy's grants, in units of the agent, > 0.
    clip : float
        Largest importance weight, > 0.
    self_normalised : bool
        Whether weighted outcomes are divided by the sum of the weights instead of their number.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "off_policy"}
    package: ClassVar[str] = "difsched.agents.structured"

    estimator: str
    bandwidth: float = 0.3
    clip: float = 20.0
    self_normalised: bool = True

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_choice("estimator", self.estimator, ESTIMATORS)
        check_flag("self_normalised", self.self_normalised)
        if self.credit != "user":
            raise InputError(f"credit = {self.credit!r}: must be user, whose grants were drawn")
        if self.ranks:
            raise InputError("candidates, perturbed, masked: must be left out: nothing is ranked")
        set_fields(
            self,
            bandwidth=check_number("bandwidth", self.bandwidth, 0, 100, open_low=True),
            clip=check_number("clip", self.clip, 0, MOST_WEIGHT, open_low=True),
        )


CONFIG = OffPolicyConfig
