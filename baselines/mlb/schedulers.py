"""The methods of mobility load balancing: rules, searches and planners."""

from functools import partial

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.rules import random_method, rule_method
from difsched.env.mlb.actions import random_offsets
from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.walks import split_walks
from difsched.policy import Policy, RulePolicy
from difsched.typing import Floats

from . import rules
from .clairvoyant import BeamPolicy, BoundPolicy
from .oracle import one_step_optimum
from .planning import look_ahead
from .search import MOST_CANDIDATES, best_constant, grid, random_candidates, search

#: Of the 81 random candidates of a search, the same in every window.
SEED = 81
#: Points an axis of the grids: of the largest search, of plans, and of the best constant.
FINE, MIDDLE, COARSE = 9, 7, 5


def other_reward(config: MlbConfig) -> str | None:
    """Return why a search cannot serve a configuration; None where it can."""
    return None if config.reward == "load_balance" else "another reward"


def too_many(config: MlbConfig, points: int) -> str | None:
    """Return why a search on a grid cannot serve a configuration; None where it can."""
    large = points ** len(config.pairs) > MOST_CANDIDATES
    return other_reward(config) or ("too many cells" if large else None)


def not_three_cells(config: MlbConfig) -> str | None:
    """Return why the exact optimum cannot serve a configuration; None where it can."""
    return other_reward(config) or (None if config.cells == 3 else "not three cells")


def search_81(observation: Floats, config: MlbConfig) -> Floats:
    """Return the best of 81 random actions in each window."""
    return search(observation, config, random_candidates(config, 81, SEED))


def search_729(observation: Floats, config: MlbConfig) -> Floats:
    """Return the best of an even grid of 9 points an axis in each window."""
    return search(observation, config, grid(config, FINE))


def one_step(observation: Floats, config: MlbConfig) -> Floats:
    """Return the actions that balance best in the coming second."""
    return one_step_optimum(observation, config).action


def plan_ahead(observation: Floats, config: MlbConfig) -> Floats:
    """Return the first actions of the best plans for users who stand still."""
    return look_ahead(observation, config, grid(config, MIDDLE))


def _refuse(why: str | None) -> None:
    if why is not None:
        raise NotServed(why)


def fit_constant(task: Task) -> Policy:
    """Return the constant action that balances best on all training data."""
    config: MlbConfig = task.config
    _refuse(too_many(config, COARSE))
    walks = split_walks(config, "train", 0) if task.traffic is None else task.traffic
    action = best_constant(config, walks, grid(config, COARSE))
    return RulePolicy(config, partial(rules.constant, action=action))


def fit_beam(task: Task) -> Policy:
    """Return the plan that sees the whole episode."""
    _refuse(too_many(task.config, MIDDLE))
    return BeamPolicy(task.config)


def fit_bound(task: Task) -> Policy:
    """Return the certified bound."""
    _refuse(not_three_cells(task.config))
    return BoundPolicy(task.config)


SCHEDULERS = [
    rule_method("static", "Static", rules.static, about="No offsets at all"),
    random_method(random_offsets, about="Differences of uniform offsets, as in the training data"),
    Method(
        "best_constant",
        "Best constant",
        fit_constant,
        "rules",
        about="The same offsets always: of 125, those that balance best on the training episodes",
    ),
    rule_method(
        "load_threshold",
        "Load threshold",
        rules.load_threshold,
        about="Offsets follow the differences of loads beyond a threshold",
    ),
    rule_method(
        "search_81",
        "Search 81",
        search_81,
        about="The best of 81 random actions for the coming second, by the known physics",
        refuse=other_reward,
    ),
    rule_method(
        "search_729",
        "Search 729",
        search_729,
        about="The best of a grid of 729 actions for the coming second, by the known physics",
        refuse=partial(too_many, points=FINE),
    ),
    rule_method(
        "look_ahead",
        "Look-ahead",
        plan_ahead,
        about="A beam over three seconds in which users stand still; it can exceed 100",
        refuse=partial(too_many, points=MIDDLE),
    ),
    rule_method(
        "one_step",
        "One-step oracle",
        one_step,
        about="The exact optimum of the coming second, of equal ones that which moves the fewest "
        "users; no bound on who looks ahead",
        section="oracles",
        refuse=not_three_cells,
    ),
    Method(
        "beam",
        "Clairvoyant beam",
        fit_beam,
        "oracles",
        about="A beam of 16 plans that sees how users will move; it can exceed 100",
    ),
    Method(
        "bound",
        "Certified bound",
        fit_bound,
        "oracles",
        about="No policy: what none can do better than, each user anywhere it can be steered",
        decides=False,
    ),
]
