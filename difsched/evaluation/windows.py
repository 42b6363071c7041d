"""The common test windows: every method meets the same, whatever it sees of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from difsched.config.base import check_int
from difsched.errors import InputError
from difsched.evaluation.statistics import standard_error
from difsched.family import EPISODE_WINDOWS, Configuration, Family, family_of
from difsched.policy import Bound, Clairvoyant, Policy
from difsched.typing import Floats
from difsched.utils.seeding import seed_sequence

#: More, 55 hours of a slice, would not fit in memory.
MOST_WINDOWS = 1_000_000
#: What windows are drawn from: the split on which settings are chosen, or that of the scores.
Split = Literal["train", "test"]
#: Names of their streams.
WINDOWS: Mapping[Split, str] = {"train": "validation windows", "test": "test windows"}


@dataclass(frozen=True)
class Scores:
    """What a policy did on E test episodes of T windows, in expectation over outcomes.

    Attributes
    ----------
    family : Family
        Of the problem.
    loss : (E, T) ndarray of float
        Minus the reward of each window: the family's ``cost``.
    figures : mapping of str to (E,) or (E, ...) ndarray of float
        What the family tells of an episode: its metrics, and distributions.
    """

    family: Family
    loss: Floats
    figures: Mapping[str, Floats]

    def summary(self, information: str | None) -> dict[str, Any]:
        """Return what a run's record keeps, as plain values.

        The mean of the cost and of each metric, by episode, too, where the metric says so; of a
        distribution the mean over episodes and its standard error.

        Parameters
        ----------
        information : str or None
            What the policy saw; None where a family knows but one kind.

        Raises
        ------
        InputError
            If there are fewer than two episodes, which give no interval.
        """
        if len(self.loss) < 2:
            raise InputError(
                f"n_windows = {self.loss.size}: must be at least {2 * self.loss.shape[1]}"
            )
        cost = self.family.cost.name
        kept: dict[str, Any] = {
            "information": information,
            cost: float(self.loss.mean()),
            f"{cost}_by_episode": self.loss.mean(axis=1).tolist(),
        }
        metrics = {metric.name: metric for metric in self.family.metrics}
        for name, values in self.figures.items():
            if name not in metrics:
                kept[name] = values.mean(axis=0).tolist()
                kept[f"{name}_error"] = standard_error(values).tolist()
                continue
            kept[name] = float(values.mean())
            if metrics[name].by_episode:
                kept[f"{name}_by_episode"] = values.tolist()
        return kept


def check_windows(name: str, value: Any, episodes: int = 1, length: int = EPISODE_WINDOWS) -> int:
    """Return a number of test windows if they are whole episodes.

    Parameters
    ----------
    name, value
        The number's name, and the number.
    episodes : int
        Least number of episodes.
    length : int
        Windows of a test episode; see `Family.test_episode`.

    Raises
    ------
    InputError
        If they are not; the line says what is allowed.
    """
    windows = check_int(name, value, episodes * length, MOST_WINDOWS)
    if windows % length:
        below = windows - windows % length
        raise InputError(
            f"{name} = {windows}: must be a multiple of {length}, the windows of a test "
            f"episode, such as {below} or {below + length}"
        )
    return windows


def evaluate(
    policy: Policy,
    config: Configuration,
    source: Any,
    n_windows: int,
    *,
    first: int | None = None,
    split: Split = "test",
) -> Scores:
    """Score a policy in closed form on the common test windows, or on validation windows.

    The windows depend on the configuration and on what they are drawn from alone, not on what a
    policy sees of them or does: every policy meets the same (common random numbers).

    Parameters
    ----------
    policy : Policy
        What decides. A `Clairvoyant` is shown what will happen before the first window; a `Bound`
        is asked for its costs there, and has no figures.
    config : configuration
        Of any family, such as the slice; it says, too, what the policy sees.
    source : object
        What windows are drawn from, as the family's ``simulator`` takes it: of a slice its
        traffic, or the test trace. None: what the configuration says.
    n_windows : int
        Common test windows in all, whole episodes of the family (`Family.test_episode`). Another
        number gives other windows.
    first : int, optional
        Score the policy on so many of them alone, the first ones, whole episodes; on all when left
        out.
    split : {"test", "train"}, optional
        ``"train"``: validation windows, drawn as training windows are. Settings are chosen there.

    Raises
    ------
    InputError
        If a number of windows is not allowed, or the policy's actions are not.
    """
    family = family_of(config)
    length = family.test_episode(config)
    episodes = check_windows("n_windows", n_windows, length=length) // length
    scored = episodes
    if first is not None:
        check_int("first", first, 1, n_windows)
        scored = check_windows("first", first, length=length) // length
    seed = seed_sequence(config.randomSeed, WINDOWS[split])
    simulator = family.simulator(config, split, episodes, "expected", seed, source)
    if isinstance(policy, Bound):
        return Scores(family, policy.losses(simulator)[:scored], {})
    if isinstance(policy, Clairvoyant):
        policy.foresee(simulator)
    observation = simulator.observe()
    loss: Floats = np.empty((scored, length))
    sums: dict[str, NDArray[Any]] = {}
    for window in range(length):
        action = policy.act(observation[:scored])
        if scored < episodes:
            # All episodes draw from one stream: those that are not scored run with the least.
            action = _filled(action, episodes, family.actions(config).low)
        step = simulator.step(action)
        loss[:, window] = -step.reward[:scored]
        for name, values in step.metrics.items():
            sums[name] = sums.get(name, 0) + values[:scored]
        observation = simulator.reset() if step.truncated else step.observation
    return Scores(family, loss, family.figures(sums, length))


def _filled(action: NDArray[Any], copies: int, least: float) -> NDArray[Any]:
    """Return actions (copies, ...) that begin with the given ones and go on with the least."""
    values = np.asarray(action)
    rest = np.full((copies - len(values), *values.shape[1:]), least).astype(values.dtype)
    return np.concatenate([values, rest])
