"""Every rule and planner of the allocation problem as a method.

Most serve some of the modes only: a rule for tasks that need their resources together is none for
resources that stand in for each other.
"""

from collections.abc import Callable, Mapping

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.rules import random_method, rule_method
from difsched.env.alloc.actions import action_set
from difsched.env.alloc.behaviours import random_action
from difsched.env.alloc.config import AllocConfig
from difsched.policy import Policy, Rule, RulePolicy
from difsched.typing import Floats

from . import oracle, pooled, rules
from .clearing import clearing
from .horizon import HindsightPolicy, look_ahead
from .problem import PooledProblem, Problem

#: Modes in which any share of a task may be served, of what it needs of all resources together.
SHARED = ("leontief", "forecast", "backlog")


def _shares(rule: Callable[[Problem], Floats]) -> dict[str, Rule]:
    """Return a rule of those modes, by mode."""
    return dict.fromkeys(SHARED, lambda observation, config: rule(Problem.of(observation, config)))


def _pooled(rule: Callable[[PooledProblem], Floats]) -> dict[str, Rule]:
    """Return a rule of the mode in which resources stand in for each other, by mode."""
    return {"faithful": lambda observation, config: rule(PooledProblem.of(observation, config))}


def _greedy(key: rules.Key) -> dict[str, Rule]:
    """Return the rules by mode that serve one task after the other; of a gang whole tasks."""

    def whole(observation: Floats, config: AllocConfig) -> Floats:
        return rules.greedy_whole(Problem.of(observation, config), key)

    return {**_shares(lambda problem: rules.greedy(problem, key)), "gang": whole}


def _linear(observation: Floats, config: AllocConfig) -> Floats:
    return oracle.linear(observation, config).action


#: Optima by mode of what is shown of a window; see `optimal_policy`.
OPTIMA: Mapping[str, Rule] = {
    "faithful": lambda observation, config: clearing(observation, config).action,
    "leontief": _linear,
    "gang": lambda observation, config: oracle.subsets(observation, config).action,
    "forecast": _linear,
}


def _shaped(modes: Mapping[str, Rule]) -> Rule:
    """Return the rule that follows in each mode that of the mode, its actions as the set's."""

    def rule(observation: Floats, config: AllocConfig) -> Floats:
        action = modes[config.mode](observation, config)
        return action.reshape(len(action), *action_set(config).shape(config.tasks))

    return rule


def _by_mode(name: str, label: str, modes: Mapping[str, Rule], about: str) -> Method:
    """Return a method that follows in each mode the rule of that mode, and serves no other."""

    def refuse(config: AllocConfig) -> str | None:
        return None if config.mode in modes else f"{config.mode} mode"

    return rule_method(name, label, _shaped(modes), about=about, refuse=refuse)


def optimal_policy(task: Task) -> Policy:
    """Return the optimum of a configuration: of each window, or where work waits of an episode."""
    config: AllocConfig = task.config
    if config.mode == "backlog":
        return HindsightPolicy(config)
    if config.mode == "forecast" and config.information != "perfect":
        raise NotServed("truth unseen")
    return RulePolicy(config, _shaped(OPTIMA))


SCHEDULERS = [
    random_method(random_action, about="Random grants that fit the supplies"),
    _by_mode(
        "equal",
        "Equal",
        {**_pooled(pooled.equal), **_shares(rules.equal)},
        "Every resource in equal parts; what a task cannot use is returned, but for faithful mode",
    ),
    _by_mode(
        "equal_capped",
        "Equal, capped",
        _pooled(lambda problem: pooled.capped(pooled.equal(problem), problem.demand)),
        "Every resource in equal parts, to no task more than its demand",
    ),
    _by_mode(
        "proportional",
        "Proportional",
        {**_pooled(pooled.proportional), **_shares(rules.proportional)},
        "The same share of every task; in faithful mode resources in proportion to the demands",
    ),
    _by_mode(
        "drf",
        "DRF",
        _shares(rules.dominant_resource_fairness),
        "Dominant-resource fairness by progressive filling",
    ),
    _by_mode(
        "weighted_drf",
        "Weighted DRF",
        _shares(lambda problem: rules.dominant_resource_fairness(problem, problem.priority)),
        "Dominant-resource fairness weighted by priorities",
    ),
    _by_mode(
        "smallest_first",
        "Smallest first",
        {**_pooled(pooled.smallest_first), **_greedy(rules.by_size)},
        "One task after the other, the smallest demand first",
    ),
    _by_mode(
        "priority_first",
        "Priority first",
        _pooled(pooled.priority_first),
        "One task after the other, the highest priority first, cheapest resource first",
    ),
    _by_mode(
        "density_first",
        "Density first",
        {**_pooled(pooled.density_first), **_greedy(rules.by_density)},
        "One task after the other, the highest priority per unit of demand first",
    ),
    _by_mode(
        "dominant_first",
        "Dominant share first",
        _greedy(rules.by_dominant_share),
        "One task after the other, the largest worth per dominant share first",
    ),
    _by_mode(
        "load_first",
        "Scarcity first",
        _greedy(rules.by_load),
        "One task after the other, the largest worth per load-weighted share first",
    ),
    _by_mode(
        "rounded_down",
        "LP, rounded down",
        {"gang": oracle.rounded_down},
        "The tasks that the linear programme of the window serves whole",
    ),
    _by_mode(
        "hard_clearing",
        "Hard LP",
        {"faithful": lambda observation, config: clearing(observation, config, hard=True).action},
        "The optimum that exceeds no supply, as a market clearing",
    ),
    _by_mode(
        "linear",
        "LP of the window",
        {"forecast": _linear, "backlog": _linear},
        "The linear programme of the window, a forecast taken for the truth and nothing to follow",
    ),
    _by_mode(
        "stochastic",
        "Stochastic LP",
        {"forecast": lambda observation, config: oracle.stochastic(observation, config).action},
        "The grants that are best on average over the forecasts' errors, whose law is known",
    ),
    _by_mode(
        "aged",
        "LP with age bonus",
        {"backlog": oracle.aged},
        "The linear programme of the window, in which work near its end counts more",
    ),
    _by_mode(
        "look_ahead",
        "Look-ahead",
        {"backlog": look_ahead},
        "The linear programme of four windows with mean arrivals, planned anew in each",
    ),
    Method(
        "oracle",
        "Oracle",
        optimal_policy,
        "oracles",
        information="perfect",
        about="The exact optimum, the truth of forecasts and all later arrivals known",
    ),
]
