"""What a loss is scored against outside the main runs."""

from dataclasses import replace

from baselines.method import Task
from baselines.registry import find
from difsched.config import EnvironmentConfig
from difsched.env.slice.traffic import Traffic
from difsched.evaluation import evaluate
from difsched.policy import Policy


def mean_loss(policy: Policy, config: EnvironmentConfig, traffic: Traffic, n_windows: int) -> float:
    """Return a policy's mean packet loss, in [0, 1], on the common test windows of a slice."""
    return float(evaluate(policy, config, traffic.test, n_windows).loss.mean())


def levels(config: EnvironmentConfig, traffic: Traffic, n_windows: int) -> dict[str, float]:
    """Return the losses that stand for a score of 0, ``equal``, and of 100, ``oracle``.

    The oracle is shown of the demand what the configuration says, and always the channel: what a
    scheduler loses by not seeing it costs points.
    """
    seen = replace(config, channel_information=True)
    task = Task(seen, traffic)
    return {
        name: mean_loss(find(name).fit(task), seen, traffic, n_windows)
        for name in ("equal", "oracle")
    }
