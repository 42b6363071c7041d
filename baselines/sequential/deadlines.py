"""Rules and planners that know for how long packets wait, and by a filter what channels hide."""

from collections.abc import Callable

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.slice.deadlines.control import PredictivePolicy
from difsched.baselines.slice.deadlines.hidden import FilteredPolicy
from difsched.baselines.slice.deadlines.rules import DeadlinePolicy, RoundRobinPolicy, Rule
from difsched.env.slice.family import slice_traffic
from difsched.policy import Policy


def _needs_waiting(task: Task) -> None:
    if not task.config.retransmit:
        raise NotServed("no packet waits")


def _deadline(urgency: float) -> Callable[[Task], Policy]:
    def make(task: Task) -> Policy:
        _needs_waiting(task)
        return DeadlinePolicy(task.config.B, urgency)

    return make


def _turns(task: Task) -> RoundRobinPolicy:
    _needs_waiting(task)
    return RoundRobinPolicy(task.config.B)


def _control(task: Task) -> PredictivePolicy:
    _needs_waiting(task)
    traffic = task.traffic or slice_traffic(task.config)
    return PredictivePolicy.of(task.config, float(traffic.train.packets.mean()))


def _filtered(make: Callable[[Task], Rule]) -> Callable[[Task], Policy]:
    def fit(task: Task) -> Policy:
        config = task.config
        if config.channel_information:
            raise NotServed("channel shown")
        if not config.history:
            raise NotServed("no history")
        return FilteredPolicy.of(config, make(task))

    return fit


def _rule(name: str, label: str, make: Callable[[Task], Policy], about: str) -> Method:
    return Method(name, label, make, "rules", about=about, memory=False)


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
