"""Rules and planners that know for how long packets wait, and by a filter what channels hide."""

from collections.abc import Callable

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.slice.deadlines.control import PredictiveRule
from difsched.baselines.slice.deadlines.hidden import FilteredCurves
from difsched.baselines.slice.deadlines.rules import DeadlineRule, RoundRobinRule
from difsched.baselines.slice.rule import Rule, RulePolicy
from difsched.env.slice.family import slice_traffic
from difsched.policy import Policy

#: What a rule is made of for a task.
MakeRule = Callable[[Task], Rule]


def needs_waiting(task: Task) -> None:
    """Raise NotServed unless packets wait."""
    if not task.config.retransmit:
        raise NotServed("no packet waits")


def needs_memory(task: Task) -> None:
    """Raise NotServed unless channels are hidden and a history is shown."""
    if task.config.channel_information:
        raise NotServed("channel shown")
    if not task.config.history:
        raise NotServed("no history")


def _deadline(urgency: float) -> MakeRule:
    return lambda task: DeadlineRule(urgency)


def _turns(task: Task) -> Rule:
    return RoundRobinRule()


def _control(task: Task) -> Rule:
    traffic = task.traffic or slice_traffic(task.config)
    return PredictiveRule.of(task.config, float(traffic.train.packets.mean()))


def _told(make: MakeRule) -> Callable[[Task], Policy]:
    def fit(task: Task) -> Policy:
        needs_waiting(task)
        return RulePolicy.told(task.config, make(task))

    return fit


def _filtered(make: MakeRule) -> Callable[[Task], Policy]:
    def fit(task: Task) -> Policy:
        needs_waiting(task)
        needs_memory(task)
        curves = FilteredCurves.known(task.config)
        return RulePolicy(make(task), curves, task.config.history)

    return fit


def _rule(name: str, label: str, make: MakeRule, about: str) -> Method:
    return Method(name, label, _told(make), "rules", about=about, memory=False)


SCHEDULERS = [
    _rule(
        "least_lost_now",
        "Least lost now",
        _deadline(0.0),
        "The fewest packets lost in the window itself, exact: the best without foresight",
    ),
    _rule(
        "deadline",
        "Deadline rule",
        _deadline(1e-3),
        "The window's knapsack; a packet weighs a thousand times one that has a window more",
    ),
    _rule(
        "round_robin",
        "Round robin",
        _turns,
        "Each user once in D + 1 windows, shares by the knapsack of all that it holds",
    ),
    _rule(
        "predictive",
        "Predictive control",
        _control,
        "Plans six windows ahead with prices of RBs, carries out the first",
    ),
    Method(
        "filter_round_robin",
        "Filter + round robin",
        _filtered(_turns),
        "rules",
        about="Round robin by a Bayes filter of the hidden channel, whose classes it knows",
    ),
    Method(
        "filter_predictive",
        "Filter + predictive",
        _filtered(_control),
        "rules",
        about="Predictive control by a Bayes filter of the hidden channel, whose classes it knows",
    ),
]
