"""Every rule and planner by its name, as a function of an observation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from difsched.env.mec.columns import check_observation
from difsched.env.mec.config import MecConfig
from difsched.errors import InputError, choices
from difsched.typing import Floats
from difsched.utils.seeding import window_seeds

from . import rules
from .greedy import greedy
from .oracle import optimum
from .search import search

#: From an observation (W, N, F) to an action (W, N) or (W, N, A).
Rule = Callable[[Floats, MecConfig], Floats]

#: Rules for any configuration.
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "all_local": rules.all_local,
        "all_offload": rules.all_offload,
        "proportional": rules.proportional,
        "greedy": greedy,
        "search": lambda o, config: search(o, config).action,
        "optimum": lambda o, config: optimum(o, config).action,
    }
)
#: The rule that scores 0.
NAIVE = "all_local"


def hundred(config: MecConfig) -> str:
    """Return the rule that scores 100: the certified optimum, or the search of many queues."""
    return "optimum" if config.clusters == 1 else "search"


@dataclass(frozen=True)
class RulePolicy:
    """Follows one of the rules.

    Attributes
    ----------
    config : MecConfig
    name : str
        One of ``RULES``.

    Raises
    ------
    InputError
        If there is no such rule.
    """

    config: MecConfig
    name: str
    _rule: Rule = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the rule."""
        if self.name not in RULES:
            raise InputError(f"rule = {self.name!r:.60}: {choices(self.name, RULES)}")
        object.__setattr__(self, "_rule", RULES[self.name])

    def act(self, observation: Floats) -> Floats:
        """Return actions (W, N) or (W, N, A)."""
        return self._rule(observation, self.config)


@dataclass(frozen=True)
class FirstPolicy:
    """Serves the first m UEs of a ranking, with shares by D / T.

    Attributes
    ----------
    config : MecConfig
    key : str
        One of `rules.KEYS`: the most late first, or the earliest deadline.
    served : int
        m, 0..N; see `fit`.
    """

    config: MecConfig
    key: str
    served: int

    def act(self, observation: Floats) -> Floats:
        """Return shares (W, N)."""
        return rules.serve_first(observation, self.served, self.key, self.config)

    @classmethod
    def fit(cls, observation: Floats, key: str, config: MecConfig) -> "FirstPolicy":
        """Return the policy with the m that is best on these windows."""
        return cls(config, key, rules.best_number(observation, key, config))


@dataclass(frozen=True)
class PricedGreedyPolicy:
    """Greedy that pays for every second that the server is busy after the slot.

    Attributes
    ----------
    config : MecConfig
    price : float
        Reward of a UE for such a second; 0.5 is best for `phase_one` ``code`` with ``leftover``
        and slots of 1 s (measured).
    """

    config: MecConfig
    price: float

    def act(self, observation: Floats) -> Floats:
        """Return shares (W, N)."""
        return greedy(observation, self.config, self.price)


@dataclass(frozen=True)
class RandomPolicy:
    """Acts at random; the same window gets the same, alone or among others.

    Attributes
    ----------
    config : MecConfig
    key : int
        Of the draws, >= 0.
    """

    config: MecConfig
    key: int

    def act(self, observation: Floats) -> Floats:
        """Return actions (W, N, 3)."""
        seen = check_observation(observation, self.config)
        action = np.zeros((*seen.shape[:2], 3))
        for number, seed in enumerate(window_seeds(seen, self.key)):
            rng = np.random.default_rng(seed)
            action[number] = rules.random_action(seen[number][None], rng, self.config)[0]
        return action
