"""Every rule and planner of edge computing as a method."""

from collections.abc import Callable

import numpy as np

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.rules import random_method, rule_method
from difsched.env.mec.behaviours import random_shares
from difsched.env.mec.config import MecConfig
from difsched.env.mec.simulator import Simulator
from difsched.policy import Policy, RulePolicy
from difsched.typing import Floats
from difsched.utils.seeding import seed_sequence

from . import rules
from .greedy import greedy
from .oracle import optimum
from .search import search

#: Training windows on which a rule's number is chosen; slots and copies on which a price is.
WINDOWS, SLOTS, COPIES = 2000, 30, 40
#: Prices that are tried: of a second that a queue is busy after the slot, in a UE's reward.
PRICES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


def training(config: MecConfig, copies: int) -> Simulator:
    """Return copies of the problem on which rules are fitted: no test slot is among them."""
    return Simulator(config, copies, seed_sequence(config.randomSeed, "mec", "rules"))


def serve_first(key: str) -> Callable[[Task], Policy]:
    """Return the ``fit`` of serving the first m UEs by a key, m the best on training windows."""

    def fit(task: Task) -> Policy:
        seen = training(task.config, max(WINDOWS // task.config.users, 100)).observe()
        served = rules.best_number(seen, key, task.config)
        return RulePolicy(
            task.config,
            lambda observation, config: rules.serve_first(observation, served, key, config),
        )

    return fit


def priced_greedy(task: Task) -> Policy:
    """Return greedy with the price of leftover seconds that is best over training slots."""
    config: MecConfig = task.config
    if not config.leftover:
        raise NotServed("no leftover work")

    def follow(price: float) -> RulePolicy:
        return RulePolicy(config, lambda observation, config: greedy(observation, config, price))

    def earned(price: float) -> float:
        simulator, policy = training(config, COPIES), follow(price)
        steps = [simulator.step(policy.act(simulator.observe())) for _ in range(SLOTS)]
        return float(np.mean([step.reward for step in steps]))

    return follow(max(PRICES, key=earned))


def _optimum(observation: Floats, config: MecConfig) -> Floats:
    return optimum(observation, config).action


def _search(observation: Floats, config: MecConfig) -> Floats:
    return search(observation, config).action


def _not_enumerable(config: MecConfig) -> str | None:
    return None if config.enumerable else "too many orders"


def _enumerable(config: MecConfig) -> str | None:
    return "see Optimum" if config.enumerable else None


SCHEDULERS = [
    rule_method("all_local", "All local", rules.all_local, about="Nobody offloads"),
    rule_method(
        "all_offload",
        "All offload",
        rules.all_offload,
        about="Everybody offloads with an equal share of the band, the earliest deadline first",
    ),
    random_method(random_shares, about="Random UEs offload with random shares of the band"),
    rule_method(
        "proportional",
        "Proportional",
        rules.proportional,
        about="Everybody offloads, with a share in proportion to data over deadline",
    ),
    Method(
        "most_late",
        "Most late first",
        serve_first("most_late"),
        "rules",
        about="The m UEs offload that would be latest on their own; m from training windows",
    ),
    Method(
        "earliest_deadline",
        "Earliest deadline first",
        serve_first("earliest_deadline"),
        "rules",
        about="The m UEs with the earliest deadlines offload; m from training windows",
    ),
    rule_method(
        "greedy",
        "Greedy",
        greedy,
        about="The UE that helps most offloads or is taken back until none does, physics known",
    ),
    Method(
        "priced_greedy",
        "Greedy with a price",
        priced_greedy,
        "rules",
        about="Greedy that pays for seconds of leftover work; the price from training slots",
    ),
    rule_method(
        "optimum",
        "Optimum",
        _optimum,
        section="oracles",
        refuse=_not_enumerable,
        about="All subsets in all orders with the best spectrum of each: certified, slot by slot",
    ),
    rule_method(
        "search",
        "Search",
        _search,
        section="oracles",
        refuse=_enumerable,
        about="Greedy, improved shares and flips in turn from changed starts: not certified",
    ),
]
