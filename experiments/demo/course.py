"""What a player does in test episodes, window by window: the demo's numbers, all of them."""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.evaluation.crossed import mean_interval
from difsched.evaluation.fairness import jain_index
from difsched.evaluation.windows import WINDOWS
from difsched.policy import Clairvoyant
from difsched.typing import Floats
from difsched.utils.seeding import seed_sequence
from experiments.demo.players import KEPT, Place, Player, policy_of
from experiments.demo.views import Passed, Scene, view_of


@dataclass(frozen=True)
class Window:
    """What happened in one window of E episodes.

    Attributes
    ----------
    observation : (E, N, F) ndarray of float
        What was seen before it.
    action : (E, ...) ndarray
        What was granted, as the family's set allows it.
    loss : (E,) ndarray of float
        The family's cost.
    scene : Scene
        What the family's pictures show of it.
    seconds : float
        That the decision took, all episodes together.
    """

    observation: Floats
    action: NDArray[Any]
    loss: Floats
    scene: Scene
    seconds: float


class Course:
    """E test episodes of T windows under one player: the first ones of ``difsched evaluate``.

    Windows pass when they are asked for, once.

    Parameters
    ----------
    place : Place
    player : Player

    Attributes
    ----------
    length : int
        T.

    Raises
    ------
    InputError
        If the player cannot decide there.
    """

    def __init__(self, place: Place, player: Player) -> None:
        self.policy, problem = policy_of(place, player)
        self.family, self.config = problem.family, problem.config
        self.length = self.family.test_episode(self.config)
        seed = seed_sequence(self.config.randomSeed, WINDOWS["test"])
        self._simulator = self.family.simulator(
            self.config, "test", place.episodes, "expected", seed, problem.source
        )
        if isinstance(self.policy, Clairvoyant):
            self.policy.foresee(self._simulator)
        self._windows: list[Window] = []
        self._sums: list[dict[str, NDArray[Any]]] = []
        self._lock = Lock()  # two tabs of a browser may ask for the same windows

    def at(self, number: int) -> Window:
        """Return a window by its number, 0..T-1.

        Raises
        ------
        InputError
            If the player's action is not one of the family's.
        """
        with self._lock:
            while len(self._windows) <= number:
                self._step()
        return self._windows[number]

    def losses(self, number: int) -> Floats:
        """Return the costs (E, number + 1) up to a window."""
        self.at(number)
        return np.stack([one.loss for one in self._windows[: number + 1]], axis=1)

    def figures(self, number: int) -> dict[str, Floats]:
        """Return the family's metrics (E,) up to a window, by name."""
        self.at(number)
        found = self.family.figures(self._sums[number], number + 1)
        wanted = [metric.name for metric in self.family.metrics if metric.name in found]
        return {name: found[name] for name in wanted}

    def fairness(self, number: int) -> Floats | None:
        """Return Jain's index (E,) of what entities had so far, each of its need; None without."""
        self.at(number)
        served = [one.scene.served for one in self._windows[: number + 1]]
        known = [one for one in served if one is not None]
        if not known:
            return None
        shares = np.mean(known, axis=0)
        return jain_index(shares, np.ones(shares.shape, dtype=bool))

    def _step(self) -> None:
        observation = np.array(self._simulator.observe())
        started = perf_counter()
        action = self.policy.act(observation)
        seconds = perf_counter() - started
        view = view_of(self.family.name)
        granted = view.granted(self.config, action, observation)
        before = view.before(self._simulator)
        step = self._simulator.step(action)
        passed = Passed(self.config, self._simulator, before, observation, granted, step)
        scene = view.scene(passed)
        last = self._sums[-1] if self._sums else {}
        self._sums.append({name: last.get(name, 0) + one for name, one in step.metrics.items()})
        self._windows.append(Window(observation, granted, -step.reward, scene, seconds))
        if step.truncated:
            self._simulator.reset()


@lru_cache(KEPT)
def course_of(place: Place, player: Player) -> Course:
    """Return the course of a player; it is kept, so that a window is computed once."""
    return Course(place, player)


@dataclass(frozen=True)
class Compared:
    """A player's episodes, whole.

    Attributes
    ----------
    name : str
    by_episode : (E,) ndarray of float
        Mean cost of each.
    mean, half_width : float
        Of the episodes, and of its 95 % interval for others.
    decide_ms : float
        Mean time of a decision, all episodes together.
    """

    name: str
    by_episode: Floats
    mean: float
    half_width: float
    decide_ms: float


def compare(place: Place, player: Player) -> Compared:
    """Play a player's episodes to their end.

    Raises
    ------
    InputError
        As `Course`, or if there are fewer than two episodes.
    """
    course = course_of(place, player)
    by_episode = course.losses(course.length - 1).mean(axis=1)
    interval = mean_interval(by_episode[None])
    seconds = [course.at(number).seconds for number in range(course.length)]
    return Compared(
        player.name,
        by_episode,
        float(by_episode.mean()),
        interval.half_width,
        1000 * float(np.mean(seconds)),
    )
