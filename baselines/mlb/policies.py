"""Every rule, search and causal planner by its name, as a function of an observation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from difsched.env.mlb.actions import check_offsets
from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.radio import Floats
from difsched.errors import InputError, choices

from . import rules
from .oracle import one_step_optimum
from .planning import look_ahead
from .search import grid, random_candidates, search

#: From an observation (W, N, F) to an action (W, 1, A), dB.
Rule = Callable[[Floats, MlbConfig], Floats]

#: Of the 81 random candidates of a search, the same in every window.
SEED = 81
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "static": rules.static,
        "load_threshold": rules.load_threshold,
        "search_81": lambda o, config: search(o, config, random_candidates(config, 81, SEED)),
        "search_729": lambda o, config: search(o, config, grid(config, 9)),
        "one_step": lambda o, config: one_step_optimum(o, config).action,
        "look_ahead": lambda o, config: look_ahead(o, config, grid(config, 7)),
    }
)
#: The rules that score 0 and 100. The second is no bound: who looks ahead can exceed 100.
NAIVE, HUNDRED = "static", "one_step"


@dataclass(frozen=True)
class RulePolicy:
    """Follows one of the rules.

    Attributes
    ----------
    config : MlbConfig
    name : str
        One of ``RULES``.

    Raises
    ------
    InputError
        If there is no such rule.
    """

    config: MlbConfig
    name: str
    _rule: Rule = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the rule."""
        if self.name not in RULES:
            raise InputError(f"rule = {self.name!r}: {choices(self.name, RULES)}")
        object.__setattr__(self, "_rule", RULES[self.name])

    def act(self, observation: Floats) -> Floats:
        """Return actions (W, 1, A), dB."""
        return self._rule(observation, self.config)


@dataclass(frozen=True)
class RandomPolicy:
    """Sets random offsets; the same window gets the same, alone or among others.

    Attributes
    ----------
    config : MlbConfig
    key : int
        Of the draws, >= 0.
    """

    config: MlbConfig
    key: int

    def act(self, observation: Floats) -> Floats:
        """Return actions (W, 1, A), dB."""
        return rules.random_offsets(observation, self.config, self.key)


@dataclass(frozen=True)
class ConstantPolicy:
    """Sets the same offsets in every window.

    Attributes
    ----------
    config : MlbConfig
    offsets : tuple of float
        Differences, dB; see `difsched.baselines.mlb.search.best_constant`.

    Raises
    ------
    InputError
        If they are too many or too few, or out of range.
    """

    config: MlbConfig
    offsets: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check the offsets."""
        check_offsets(self.offsets, self.config)

    def act(self, observation: Floats) -> Floats:
        """Return actions (W, 1, A), dB."""
        return rules.constant(observation, self.config, self.offsets)
