"""Rules, planners and chance as methods of a family."""

from collections.abc import Callable
from typing import Any

from difsched.baselines.method import Method, NotServed, Task
from difsched.policy import Draw, Policy, RandomPolicy, Rule, RulePolicy
from difsched.utils.seeding import integer_seed


def serves_all(config: Any) -> None:
    """Refuse no configuration."""


def rule_method(
    name: str,
    label: str,
    rule: Rule,
    *,
    about: str,
    section: str = "rules",
    information: str | None = None,
    refuse: Callable[[Any], str | None] = serves_all,
    loads: tuple[str, ...] = (),
) -> Method:
    """Return a method that follows a rule, whatever it is trained on.

    Parameters
    ----------
    name, label, about, section, information, loads
        As in `Method`.
    rule : callable
        From observations (W, N, F) and the configuration to actions.
    refuse : callable
        From a configuration to why the rule cannot serve it, in a word or two; None where it can.
    """

    def fit(task: Task) -> Policy:
        if (why := refuse(task.config)) is not None:
            raise NotServed(why)
        return RulePolicy(task.config, rule)

    return Method(name, label, fit, section, information, about=about, loads=loads)


def random_method(draw: Draw, about: str) -> Method:
    """Return the method ``random``, whose draws follow from what is seen of a window.

    Parameters
    ----------
    draw : callable
        From observations (W, N, F), a generator and the configuration to actions.
    about : str
        What is drawn, in a line.
    """

    def fit(task: Task) -> Policy:
        key = integer_seed(task.config.randomSeed, "random policy")
        return RandomPolicy(task.config, draw, key)

    return Method("random", "Random", fit, "rules", about=about)
