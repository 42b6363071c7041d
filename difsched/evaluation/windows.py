"""The common test windows: every method meets the same, whatever it sees of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from difsched.config.base import check_int
from difsched.errors import InputError
from difsched.family import Configuration, Family, family_of
from difsched.policy import Policy
from difsched.typing import Floats
from difsched.utils.seeding import seed_sequence

#: Windows that follow one another in a test episode. Episodes start at random places, such as of a
#: trace, so many short ones cover it better than few long ones.
EPISODE_WINDOWS = 20
#: More, 55 hours of a slice, would not fit in memory.
MOST_WINDOWS = 1_000_000


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

    def summary(self, information: str) -> dict[str, Any]:
        """Return what a run's record keeps, as plain values.

        The mean of the cost and of each metric, by episode, too, where the metric says so; of a
        distribution the mean over episodes and its standard error.

        Parameters
        ----------
        information : str
            What the policy saw.

        Raises
        ------
        InputError
            If there are fewer than two episodes, which give no interval.
        """
        if len(self.loss) < 2:
            raise InputError(
                f"n_windows = {self.loss.size}: must be at least {2 * EPISODE_WINDOWS}"
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
                kept[f"{name}_error"] = stats.sem(values, axis=0).tolist()
                continue
            kept[name] = float(values.mean())
            if metrics[name].by_episode:
                kept[f"{name}_by_episode"] = values.tolist()
        return kept


def check_windows(name: str, value: Any, least: int = EPISODE_WINDOWS) -> int:
    """Return a number of test windows if they are whole episodes, ``least`` windows or more.

    Raises
    ------
    InputError
        If they are not; the line says what is allowed.
    """
    windows = check_int(name, value, least, MOST_WINDOWS)
    if windows % EPISODE_WINDOWS:
        below = windows - windows % EPISODE_WINDOWS
        raise InputError(
            f"{name} = {windows}: must be a multiple of {EPISODE_WINDOWS}, the windows of a test "
            f"episode, such as {below} or {below + EPISODE_WINDOWS}"
        )
    return windows


def evaluate(
    policy: Policy,
    config: Configuration,
    source: Any,
    n_windows: int,
    *,
    first: int | None = None,
) -> Scores:
    """Score a policy in closed form on the common test windows.

    The windows depend on the configuration and on what they are drawn from alone, not on what a
    policy sees of them or does: every policy meets the same (common random numbers).

    Parameters
    ----------
    policy : Policy
        What decides.
    config : configuration
        Of any family, such as the slice; it says, too, what the policy sees.
    source : object
        What windows are drawn from, as the family's ``simulator`` takes it: of a slice its
        traffic, or the test trace. None: what the configuration says.
    n_windows : int
        Common test windows in all, a multiple of 20. Another number gives other windows.
    first : int, optional
        Score the policy on so many of them alone, the first ones, a multiple of 20; on all when
        left out.

    Raises
    ------
    InputError
        If a number of windows is not allowed, or the policy's actions are not.
    """
    family = family_of(config)
    episodes = check_windows("n_windows", n_windows) // EPISODE_WINDOWS
    scored = episodes
    if first is not None:
        scored = check_windows("first", check_int("first", first, 1, n_windows)) // EPISODE_WINDOWS
    seed = seed_sequence(config.randomSeed, "test windows")
    simulator = family.simulator(config, "test", episodes, "expected", seed, source)
    observation = simulator.observe()
    loss: Floats = np.empty((scored, EPISODE_WINDOWS))
    sums: dict[str, NDArray[Any]] = {}
    for window in range(EPISODE_WINDOWS):
        action = policy.act(observation[:scored])
        if scored < episodes:
            # All episodes draw from one stream: those that are not scored run with the least.
            action = _filled(action, episodes, family.actions(config).low)
        step = simulator.step(action)
        loss[:, window] = -step.reward[:scored]
        for name, values in step.metrics.items():
            sums[name] = sums.get(name, 0) + values[:scored]
        observation = simulator.reset() if step.truncated else step.observation
    return Scores(family, loss, family.figures(sums, EPISODE_WINDOWS))


def _filled(action: NDArray[Any], copies: int, least: float) -> NDArray[Any]:
    """Return actions (copies, ...) that begin with the given ones and go on with the least."""
    values = np.asarray(action)
    rest = np.full((copies - len(values), *values.shape[1:]), least).astype(values.dtype)
    return np.concatenate([values, rest])
