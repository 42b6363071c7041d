"""What a loss is scored against, and where it has no score."""

from collections.abc import Mapping
from dataclasses import replace

from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.config import EnvironmentConfig
from difsched.env.slice.traffic.generator import Traffic
from difsched.evaluation import evaluate
from difsched.evaluation.across import normalised_score
from difsched.policy import Policy

#: Why losses of a slice have no score.
PACKETS_WAIT = "the per-window oracle is no bound where packets wait"
NO_SCALE = "the equal split loses no more than the oracle with the same information"


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


def unscored(scale: Mapping[str, float], retransmit: int) -> str | None:
    """Return why losses of a slice have no score, None where they have one.

    Parameters
    ----------
    scale : mapping
        The slice's `levels`.
    retransmit : int
        D: windows for which packets wait. The oracle plans window by window, so with D > 0 others
        may lose less.
    """
    if retransmit:
        return PACKETS_WAIT
    at_best = float(normalised_score(scale["oracle"], scale["equal"], scale["oracle"]))
    return None if at_best == at_best else NO_SCALE


def score(loss: float, scale: Mapping[str, float], retransmit: int) -> float | None:
    """Return a loss's normalised score on a slice, None where there is none; see `unscored`."""
    if unscored(scale, retransmit) is not None:
        return None
    return float(normalised_score(loss, scale["equal"], scale["oracle"]))
