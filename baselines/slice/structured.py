"""Learners that use that a window is a sum over users of what each has from its own grant.

It is estimated user by user and then solved, or its log is weighed user by user.
"""

from dataclasses import replace

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.offline import fit, learner
from difsched.errors import InputError
from difsched.policy import Policy


def _solved(name: str, label: str, about: str) -> Method:
    return learner(name, label, about=about, algorithm=f"structured.{name}", section="models")


def _from_propensities(task: Task) -> Policy:
    data = task.dataset
    try:
        data.column("propensity")
    except InputError as reason:
        raise NotServed("no propensities") from reason
    return fit(task)


def _off_policy(name: str, label: str, about: str) -> Method:
    method = learner(name, label, about=about, algorithm="structured.off_policy")
    return replace(method, make=_from_propensities)


SCHEDULERS = [
    _solved(
        "neural_estimate",
        "Estimate (neural)",
        "Outcomes estimated by a network by maximum likelihood, then the exact solver",
    ),
    _solved(
        "critic_exact",
        "Critic + solver",
        "A critic that is a sum over users, and the exact best grants under it",
    ),
    _solved(
        "spo_plus",
        "SPO+",
        "Decision-focused: a predictor trained through the exact solver's decision",
    ),
    _off_policy("ips", "IPS", "A policy by its value under inverse propensities"),
    _off_policy("dr", "DR", "A policy by its doubly robust value: a critic beside propensities"),
]
