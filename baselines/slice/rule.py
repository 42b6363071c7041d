"""Schedulers in two parts: a rule, and what it is told of the link.

The same rule meets a link that is known, one that was estimated from logged outcomes, and one that
a filter infers from acknowledgements; the same link serves rules that look at the coming window and
rules that know for how long packets wait.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from difsched.baselines.slice.curves import ClassCurves, Curves
from difsched.config import EnvironmentConfig
from difsched.env.slice.columns import past
from difsched.typing import Floats, Ints


class Rule(Protocol):
    """Decides by what is held and what grants are worth."""

    def decide(self, observation: NDArray[Any], curves: Floats) -> Ints:
        """Return grants (W, N).

        Parameters
        ----------
        observation : (W, N, 4 + D) ndarray of float
            What is seen, without a history.
        curves : (W, N, B + 1) ndarray of float
            Success probability of 0..B RBs in the coming window.
        """
        ...


@dataclass(frozen=True)
class RulePolicy:
    """A rule, told by curves what grants are worth.

    Attributes
    ----------
    rule : Rule
    curves : Curves
    history : int
        Windows K that an observation shows, which are the curves' business alone.
    """

    rule: Rule
    curves: Curves
    history: int = 0

    @classmethod
    def told(cls, config: EnvironmentConfig, rule: Rule) -> "RulePolicy":
        """Return a rule that is told a slice's own link."""
        return cls(rule, ClassCurves.known(config), config.history)

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        seen = observation[..., : past(self.history).start] if self.history else observation
        return self.rule.decide(seen, self.curves.of(observation))
