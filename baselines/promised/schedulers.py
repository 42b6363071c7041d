"""Schedulers that keep floors: rule, planners, estimate, and learners that see debts."""

from dataclasses import replace

from difsched.baselines.method import Method, Task
from difsched.baselines.offline import learner
from difsched.baselines.promised.policies import (
    OwedDemand,
    PrimalDualPolicy,
    TimeSharingBound,
    TimeSharingPlan,
    VirtualQueuePolicy,
)
from difsched.baselines.slice.estimate import logistic_on
from difsched.baselines.slice.oracle_policies import oracle_of
from difsched.env.slice.family import slice_traffic
from difsched.family import family_of
from difsched.policy import Policy
from difsched.utils.seeding import rng


def _virtual_queue(task: Task) -> Policy:
    return VirtualQueuePolicy(oracle_of(task.config))


def _primal_dual(task: Task) -> Policy:
    config = task.config
    drawn = rng(config.randomSeed, "primal_dual")
    traffic = task.traffic or slice_traffic(config)
    return PrimalDualPolicy.of(oracle_of(config), config, traffic.train, drawn)


def _estimate(task: Task) -> Policy:
    free = replace(task, config=replace(task.config, debt_information=False))
    policy = logistic_on(free.dataset, task.config)
    return replace(policy, demand=OwedDemand.of(policy.demand))


def _windows(task: Task) -> int:
    return family_of(task.config).test_episode(task.config)


def _learner(algorithm: str, label: str, model: str | None = None) -> Method:
    method = learner(
        f"{algorithm}_floor",
        f"{label} + floor",
        about=f"{label} that sees debts, trained on the Lagrangian: lost packets by what is owed",
        algorithm=algorithm if model is None else model,
        model=algorithm,
    )
    return replace(method, debt=True)


SCHEDULERS = [
    Method(
        "virtual_queue",
        "Virtual queues",
        _virtual_queue,
        "rules",
        about="The oracle's solver on forecasts weighed by debts (drift plus penalty), link known",
        debt=True,
    ),
    Method(
        "estimate_floor",
        "Estimate + floor",
        _estimate,
        "models",
        about="Estimate, then optimize, with demand weighed by debts",
        debt=True,
    ),
    _learner("det_set", "Det-Set"),
    _learner("dql_set", "DQL-Set", model="dql"),
    Method(
        "primal_dual",
        "Primal-dual",
        _primal_dual,
        "oracles",
        information="predicted",
        about="Forecasts weighed by the dual's multipliers on training windows, and by debts",
        debt=True,
    ),
    Method(
        "time_sharing",
        "Time sharing (truth)",
        lambda task: TimeSharingPlan(_windows(task)),
        "oracles",
        information="perfect",
        about="The best time sharing of each episode that keeps the floors, its future known",
    ),
    Method(
        "floor_bound",
        "Bound",
        lambda task: TimeSharingBound(_windows(task)),
        "oracles",
        information="perfect",
        about="What none that keeps the floors can beat, by the Lagrangian's dual",
        decides=False,
    ),
]
