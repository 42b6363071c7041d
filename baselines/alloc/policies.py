"""Every rule and planner of a mode by its name, as a function of an observation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from difsched.env.alloc.config import AllocConfig
from difsched.errors import InputError, choices
from difsched.utils.seeding import window_seeds

from . import oracle, pooled, rules
from .clearing import clearing
from .horizon import look_ahead
from .problem import Floats, PooledProblem, Problem

#: From an observation (W, T, F) to an action (W, T), or (W, T, R) in ``faithful`` mode.
Rule = Callable[[Floats, AllocConfig], Floats]


def _shares(rule: Callable[[Problem], Floats]) -> Rule:
    return lambda observation, config: rule(Problem.of(observation, config))


def _grants(rule: Callable[[PooledProblem], Floats]) -> Rule:
    return lambda observation, config: rule(PooledProblem.of(observation, config))


def _sorted(
    fill: Callable[[Problem, rules.Key], Floats],
) -> dict[str, Rule]:
    def by(key: rules.Key) -> Rule:
        return _shares(lambda problem: fill(problem, key))

    return {name: by(key) for name, key in rules.KEYS.items()}


_SHARES: dict[str, Rule] = {
    "equal": _shares(rules.equal),
    "proportional": _shares(rules.proportional),
    "drf": _shares(rules.dominant_resource_fairness),
    "weighted_drf": _shares(lambda p: rules.dominant_resource_fairness(p, p.priority)),
    **_sorted(rules.greedy),
    "linear": lambda observation, config: oracle.linear(observation, config).action,
}

#: Rules by mode and name.
RULES: Mapping[str, Mapping[str, Rule]] = MappingProxyType(
    {
        "faithful": {
            "equal": _grants(pooled.equal),
            "equal_capped": _grants(lambda p: pooled.capped(pooled.equal(p), p.demand)),
            "proportional": _grants(pooled.proportional),
            "smallest_first": _grants(pooled.smallest_first),
            "priority_first": _grants(pooled.priority_first),
            "density_first": _grants(pooled.density_first),
            "hard_clearing": lambda o, config: clearing(o, config, hard=True).action,
            "clearing": lambda o, config: clearing(o, config).action,
        },
        "leontief": _SHARES,
        "gang": {
            **_sorted(rules.greedy_whole),
            "rounded_down": oracle.rounded_down,
            "subsets": lambda o, config: oracle.subsets(o, config).action,
        },
        "forecast": {
            **_SHARES,
            "stochastic": lambda o, config: oracle.stochastic(o, config).action,
        },
        "backlog": {**_SHARES, "aged": oracle.aged, "look_ahead": look_ahead},
    }
)

#: The rule that scores 0.
NAIVE: Mapping[str, str] = MappingProxyType(
    {
        "faithful": "equal",
        "leontief": "equal",
        "gang": "smallest_first",
        "forecast": "equal",
        "backlog": "equal",
    }
)


@dataclass(frozen=True)
class RulePolicy:
    """Follows one of the rules.

    Attributes
    ----------
    config : AllocConfig
    name : str
        One of ``RULES[config.mode]``.

    Raises
    ------
    InputError
        If the mode has no such rule.
    """

    config: AllocConfig
    name: str
    _rule: Rule = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the rule."""
        known = RULES[self.config.mode]
        if self.name not in known:
            raise InputError(f"rule = {self.name!r}: {choices(self.name, known)}")
        object.__setattr__(self, "_rule", known[self.name])

    def act(self, observation: Floats) -> Floats:
        """Return actions (W, T), or (W, T, R) in ``faithful`` mode."""
        return self._rule(observation, self.config)


@dataclass(frozen=True)
class RandomPolicy:
    """Draws what to grant; the same window gets the same draw, alone or among others.

    ``faithful``: of each resource the first T of T + 1 parts of a Dirichlet(1, .., 1) draw, so
    that some is left. ``gang``: whole tasks in random order. Else: uniform shares of the box, all
    scaled by the largest factor <= 1 that fits.

    Attributes
    ----------
    config : AllocConfig
    key : int
        Of the draws, >= 0.
    """

    config: AllocConfig
    key: int

    def act(self, observation: Floats) -> Floats:
        """Return actions (W, T), or (W, T, R) in ``faithful`` mode."""
        draws = self._uniform(observation)
        if self.config.mode == "faithful":
            supply = PooledProblem.of(observation, self.config).supply
            parts = -np.log1p(-draws)
            parts /= parts.sum(axis=1, keepdims=True)
            return parts[:, :-1] * supply[:, None]
        problem, draws = Problem.of(observation, self.config), draws[:, :-1, 0]
        if self.config.mode == "gang":
            return rules.greedy_whole(problem, lambda _: draws)
        return rules.scale_to_fit(draws, problem)

    def _uniform(self, observation: Floats) -> Floats:
        """Return draws (W, T + 1, R) in [0, 1), each window's from its own seed."""
        shape = (self.config.tasks + 1, self.config.resources)
        seeds = window_seeds(observation, self.key)
        return np.stack([np.random.default_rng(seed).random(shape) for seed in seeds])
