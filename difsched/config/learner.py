"""What the hyper-parameters of the offline learners have in common.

The fields of an algorithm are in ``difsched/config/models/ALGORITHM.py``, their values in the YAML
files beside it.
"""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import (
    Config,
    check_choice,
    check_flag,
    check_int,
    check_number,
    set_fields,
)
from difsched.config.learning import MOST_CANDIDATES, MOST_KNOTS, MOST_WEIGHT, check_sizes
from difsched.errors import InputError

NETWORKS = ("mlp", "set")
SCHEDULES = ("vp", "linear", "cosine")
PREDICTIONS = ("noise", "action")
CREDITS = ("window", "user")
SUPPORTS = ("none", "action", "state")
CHOICES = ("best", "softmax")
#: Copies that a round of local search ranks, and the fields with which the same weights can decide.
NEIGHBOURS = ("perturbed", "masked", "exchanged")
PROPOSALS = ("candidates", "choice", "rounds", "perturbation", *NEIGHBOURS)


@dataclass(frozen=True, kw_only=True)
class LearnerConfig(Config):
    """Networks and averages of any learner.

    Attributes
    ----------
    network : {"mlp", "set"}
        One network for all users' features in a row, or one shared by the users and equivariant
        to their order.
    project : bool
        Project actions to the budget before the critic judges them; else clip them to a box.
    hidden, layers : int
        Width and number of the hidden layers, >= 1.
    target_rate : float
        Share of the new weights that the averaged policy and targets take over each step, in
        (0, 1].
    symmetrise : bool
        Show each transition with its users in a random order: data augmentation for ``mlp``.
    """

    #: Where the algorithm's module stands.
    package: ClassVar[str] = "difsched.agents"

    network: str
    project: bool
    hidden: int
    layers: int
    target_rate: float
    symmetrise: bool = False

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_choice("network", self.network, NETWORKS)
        for name in ("project", "symmetrise"):
            check_flag(name, getattr(self, name))
        check_sizes(self, "hidden", "layers")
        rate = check_number("target_rate", self.target_rate, 0, 1, open_low=True)
        set_fields(self, target_rate=rate)

    @property
    def algorithm(self) -> str:
        """Return the algorithm's name: its module in the package."""
        return self.mark["algorithm"]

    @property
    def module(self) -> str:
        """Return the module of the algorithm, which calls its `Agent` ``AGENT``."""
        return f"{self.package}.{self.algorithm}"

    @property
    def members(self) -> int:
        """Return the number of members of its largest ensemble of networks."""
        return 1

    @property
    def learns_from(self) -> str:
        """Return what of the log it learns from: one of `CREDITS`, or ``actions`` alone."""
        return "actions"


@dataclass(frozen=True, kw_only=True)
class DiffusionConfig(LearnerConfig):
    """A learner whose actor is a diffusion model.

    Attributes
    ----------
    diffusion_steps : int
        Denoising steps T, >= 1.
    schedule : {"vp", "linear", "cosine"}
        Noise schedule.
    prediction : {"noise", "action"}
        What the denoiser gives: the noise in the action, or the clean action.
    """

    diffusion_steps: int = 5
    schedule: str = "vp"
    prediction: str = "noise"

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_int("diffusion_steps", self.diffusion_steps, 1, 1000)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("prediction", self.prediction, PREDICTIONS)


@dataclass(frozen=True, kw_only=True)
class CriticConfig(LearnerConfig):
    """A learner with a critic, and what it ranks at a decision; see `difsched.agents.proposals`.

    Attributes
    ----------
    discount : float
        Discount factor gamma, in [0, 1].
    critics : int
        Q functions in the ensemble, >= 1.
    credit : {"window", "user"}
        Whether Q is fitted to the window's reward or each user's part of it to the user's share.
    expectile : float
        Expectile of the value's regression, in (0, 1).
    candidates : int
        Actions sampled from the actor for a decision, >= 1; 1 takes the actor's mode.
    choice : {"best", "softmax"}
        Whether the critic's best of these is taken, or one by the softmax of its values.
    rounds : int
        Rounds of local search from what was taken, >= 1.
    perturbed, masked, exchanged : int
        Copies of the best so far that a round ranks with it, >= 0: with noise; with a random
        subset of the entities left out; and with one left out, or with another's share or place.
    perturbation : float
        Standard deviation of the noise, in units of the agent, > 0.
    """

    discount: float
    critics: int = 2
    credit: str = "window"
    expectile: float = 0.7
    candidates: int = 1
    choice: str = "best"
    rounds: int = 1
    perturbed: int = 0
    perturbation: float = 0.3
    masked: int = 0
    exchanged: int = 0

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_sizes(self, "critics", "candidates", "rounds")
        for name in NEIGHBOURS:
            check_int(name, getattr(self, name), 0, MOST_CANDIDATES)
        check_choice("credit", self.credit, CREDITS)
        check_choice("choice", self.choice, CHOICES)
        if self.expectile == 1:
            raise InputError("expectile = 1: must be a number > 0 and < 1")
        set_fields(
            self,
            expectile=check_number("expectile", self.expectile, 0, 1, open_low=True),
            discount=check_number("discount", self.discount, 0, 1),
            perturbation=check_number("perturbation", self.perturbation, 0, 100, open_low=True),
        )

    @property
    def members(self) -> int:
        """Return the number of Q functions."""
        return self.critics

    @property
    def learns_from(self) -> str:
        """Return whose outcomes Q is fitted to."""
        return self.credit

    @property
    def neighbours(self) -> int:
        """Copies that a round of local search ranks; none: there is no search."""
        return self.perturbed + self.masked + self.exchanged

    @property
    def ranks(self) -> bool:
        """Whether a decision has a choice."""
        return self.candidates > 1 or self.neighbours > 0

    def check_weights(self, *names: str) -> None:
        """Raise InputError unless the fields of these names are weights of losses, >= 0."""
        set_fields(self, **{n: check_number(n, getattr(self, n), 0, MOST_WEIGHT) for n in names})


@dataclass(frozen=True, kw_only=True)
class SeparableConfig(CriticConfig):
    """A learner whose critic is a sum over entities; see `difsched.agents.structured.separable`.

    Attributes
    ----------
    knots : int
        Grants at which an entity's curve has its values, >= 2.
    """

    knots: int = 33

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_int("knots", self.knots, 2, MOST_KNOTS)


@dataclass(frozen=True, kw_only=True)
class SupportedConfig(CriticConfig):
    """A learner whose critic may be held to the data; see `difsched.agents.support`.

    Attributes
    ----------
    support : {"none", "action", "state"}
        Whether Q falls where nobody took an entity's action, in any state or in such a state; with
        ``set`` networks alone.
    """

    support: str = "none"

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_choice("support", self.support, SUPPORTS)
        if self.support != "none" and self.network != "set":
            raise InputError(
                f"support = {self.support!r}: must be none with {self.network} networks"
            )


@dataclass(frozen=True, kw_only=True)
class RegularisedConfig(SupportedConfig):
    """A learner whose actor clones the data and climbs the critic.

    Attributes
    ----------
    eta : float
        Weight of the Q loss beside the cloning loss, >= 0; 0 leaves the critic to rank proposals.
    """

    eta: float

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        self.check_weights("eta")
