"""What a family of scheduling problems is, and every family by its name.

Data, training, evaluation and the learners know a family by what stands here alone. A family is a
folder of `difsched.env`: ``difsched/env/<name>/__init__.py`` has its ``FAMILY``, which may be
loaded when it is first asked for (a module's ``__getattr__``). Its rules and planners are found
in ``baselines/<name>/``.

Arrays hold W windows side by side, with N entities (users, tasks) and F features each; features
of the whole are repeated for every entity, in the last columns.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from difsched.action_set import ActionSet, Budget
from difsched.data.outcomes import OutcomeDataset, collect_log
from difsched.data.transitions import Transitions
from difsched.errors import InputError, choices
from difsched.policy import Policy
from difsched.typing import Floats
from difsched.utils.modules import modules_in

__all__ = [
    "EPISODE_WINDOWS",
    "FAMILIES",
    "ActionSet",
    "Budget",
    "Configuration",
    "Family",
    "Metric",
    "References",
    "Simulator",
    "Step",
    "family_named",
    "family_of",
]

#: Windows in an episode, of a dataset or of a test, where windows do not depend on one another.
#: Episodes start at random places, such as of a trace, so many short ones cover it better than few
#: long ones.
EPISODE_WINDOWS = 20
#: No view: observations mean what their shape says.
NOTHING: Mapping[str, Any] = MappingProxyType({})
#: From the means (..., K) over entities of outcomes and observations (..., N, F) to rewards (...,).
Combine = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Step:
    """What one window did, in W copies of a problem.

    Attributes
    ----------
    observation : (W, N, F) ndarray of float
        What the scheduler sees before the next window.
    reward : (W,) ndarray of float
        The family's ``combine`` of the mean over entities of the outcomes.
    outcomes : (W, N, K) ndarray of float
        What became of each entity: K numbers, to which critics are fitted.
    metrics : mapping of str to (W, ...) ndarray of float
        What is measured of the window; see `Family.figures`.
    truncated : bool
        Whether the episode is over, for all copies at the same time: cut off, no terminal state.
    """

    observation: Floats
    reward: Floats
    outcomes: Floats
    metrics: Mapping[str, NDArray[Any]]
    truncated: bool = False


class Configuration(Protocol):
    """What every configuration of a family says.

    Attributes
    ----------
    family : str
        Name of its family, a constant of its class.
    randomSeed : int
        Root of every random stream, >= 0.
    """

    @property
    def family(self) -> str:
        """Return the name of its family."""
        ...

    @property
    def randomSeed(self) -> int:
        """Return the root of every random stream."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return its fields as plain lists, numbers and words."""
        ...

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return it with some fields replaced; raise InputError where one is not allowed."""
        ...


class Simulator(Protocol):
    """Steps W independent copies of a problem.

    Two policies under the same seed meet the same windows, where these do not depend on actions.
    """

    def reset(self) -> Floats:
        """Start new episodes and return what the scheduler sees, (W, N, F); streams go on."""
        ...

    def observe(self) -> Floats:
        """Return what the scheduler sees before the coming window, (W, N, F)."""
        ...

    def step(self, action: NDArray[Any]) -> Step:
        """Let the coming window pass with actions (W, ...) that the family's set admits.

        Raises
        ------
        InputError
            If an action is not of that kind.
        """
        ...


@dataclass(frozen=True)
class Metric:
    """A figure of a policy's test episodes.

    Attributes
    ----------
    name : str
        As in results and CSV columns.
    label, unit : str
        As in tables and figures; the unit ``""`` where there is none.
    better : {"higher", "lower"}
        Which way is the better one.
    by_episode : bool
        Whether results keep it episode by episode, too.
    by_group : bool
        Whether figures have it for each `Family.group`, too: (E, G), as ``NAME_by_group``.
    point : (str, int) or None
        Of which distribution among the family's figures it is the value, and at which place: its
        interval is that of the distribution there.
    """

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower"]
    by_episode: bool = True
    by_group: bool = False
    point: tuple[str, int] | None = None

    @property
    def grouped(self) -> str:
        """Return the name among a family's figures of what it is for each group."""
        return f"{self.name}_by_group"


@dataclass(frozen=True)
class References:
    """The methods that a score of a configuration stands on.

    Score = 100 (x - zero) / (hundred - zero).

    Attributes
    ----------
    zero, hundred : str
        Names of methods: what scores 0, and what scores 100.
    certified : bool
        Whether none can do better than the hundred, by a proof or a bound.
    none : str or None
        Why there is no score; None where there is one.
    seen : configuration
        As the two see it.
    revealed : configuration or None
        As the hundred sees it, where it sees more than the zero.
    """

    zero: str
    hundred: str
    seen: Any
    certified: bool = False
    none: str | None = None
    revealed: Any = None


def mean_outcome(mean_outcomes: Any, observation: Any) -> Any:
    """Return the rewards (...,) of mean outcomes (..., 1): what many a `Family.combine` gives."""
    return mean_outcomes[..., 0]


def ignore_view(features: int, view: Mapping[str, Any], config: Any) -> None:
    """Take any view for that of a configuration: `Family.check_view` where shapes say enough."""


def mean_over_windows(sums: Mapping[str, NDArray[Any]], windows: int) -> dict[str, NDArray[Any]]:
    """Return each metric's mean over the windows of an episode: `Family.figures` for most."""
    return {name: total / windows for name, total in sums.items()}


@dataclass(frozen=True)
class Family:
    """A family of scheduling problems.

    Attributes
    ----------
    name : str
        Its folder in `difsched.env`, and the ``family`` of its configurations.
    entity : str
        What is served, in the singular: ``"user"``.
    cost : Metric
        What minus the reward is: the slice's ``loss``, packet loss.
    load : callable
        Configuration by number or name; raises InputError where there is none.
    parse : callable
        Configuration of its fields, as its ``to_dict`` gives them; raises InputError.
    configurations : callable
        Returns the numbers or names of those that are run.
    name_of : callable
        Name of one of these, as tables print it.
    simulator : callable
        ``simulator(config, split, copies, outcomes, seed, source=None)``: W = copies of the
        problem, before their first window. split: ``"train"`` or ``"test"``. outcomes:
        ``"expected"`` (in closed form) or ``"sampled"``. seed: a numpy SeedSequence. source: what
        windows are drawn from, where that is read from files, such as the slice's traffic; None:
        what the configuration says.
    actions : callable
        The set of a configuration's actions.
    entities : callable
        The number N of a configuration's entities.
    combine : callable
        ``combine(config)``: the closed form of a configuration's reward, from the means (..., K)
        over entities of outcomes and observations (..., N, F) to rewards (...,), for arrays and
        for tensors: `mean_outcome` itself where K = 1 and there is nothing else to it.
    references : callable
        The references of the score of a configuration.
    metrics : tuple of Metric
    figures : callable
        ``figures(sums, windows)``: from the sums of `Step.metrics` over the windows of E episodes
        to what is told of each, by name: (E,) or (E, ...). Ratios of sums are the reason why it is
        no mean.
    tolerated : (str, float) or None
        A metric, and its largest value with which constraints count as kept: tables mark methods
        beyond it, and do not rank them. None where there are no constraints.
    group : callable or None
        What a configuration's metrics by group are told of, in a word, such as ``"cluster"``; None
        where no metric is.
    curve_metrics : bool
        Whether points of learning curves tell all metrics, or the cost alone.
    dataset : type
        Class of its offline datasets.
    collect : callable
        ``collect(family, config, windows, behaviour=None)``: an offline dataset of one of the
        ``behaviours``, when left out the configuration's own ``behaviour``.
    episode : callable
        Windows in an episode of a configuration's datasets.
    windows : callable
        Windows in a dataset of a configuration, where nobody says otherwise.
    sequential : callable
        Whether windows of a configuration depend on what was done before; where they do not,
        learners look no further than the window: see `discounted`.
    test_episode : callable
        Windows in a test episode of a configuration, no more than the simulator's own.
    behaviours : mapping
        Name -> ``make(config, generator)``: policies that collect data, drawing anew at every call.
    behaviour : callable
        Who of these collects a configuration's datasets, where nobody says otherwise.
    not_served : mapping
        Method -> why it cannot serve this family, in a word or two.
    weight : callable or None
        From observations (..., N, F) to (..., N, 1), >= 0: how much of the whole an entity is,
        which learners are shown relative to the mean of all; None where nothing says so.
    moments : callable or None
        ``moments(config, source)``: mean and standard deviation of each feature in the training
        split, (F,) each, where they follow from what windows are drawn from; None: who needs them
        measures them.
    view : callable
        What a configuration's observations mean beyond their shape: fields that weights carry.
    check_view : callable
        ``check_view(features, view, config)`` raises InputError unless a configuration shows what
        weights with these features and this view were trained to see.
    bounds : callable or None
        Least and largest values, (N, F) each, of a configuration's observations; None where
        nothing bounds them.
    """

    name: str
    entity: str
    cost: Metric
    load: Callable[[Any], Any]
    parse: Callable[[Mapping[str, Any]], Any]
    configurations: Callable[[], Sequence[int | str]]
    simulator: Callable[..., Simulator]
    actions: Callable[[Any], ActionSet]
    entities: Callable[[Any], int]
    combine: Callable[[Any], Combine]
    references: Callable[[Any], References]
    name_of: Callable[[Any], str] = str
    metrics: tuple[Metric, ...] = ()
    figures: Callable[[Mapping[str, NDArray[Any]], int], Mapping[str, NDArray[Any]]] = (
        mean_over_windows
    )
    tolerated: tuple[str, float] | None = None
    group: Callable[[Any], str] | None = None
    curve_metrics: bool = True
    dataset: type[Transitions] = OutcomeDataset
    collect: Callable[..., Transitions] = collect_log
    episode: Callable[[Any], int] = lambda config: EPISODE_WINDOWS
    windows: Callable[[Any], int] = lambda config: 20_000
    sequential: Callable[[Any], bool] = lambda config: True
    test_episode: Callable[[Any], int] = lambda config: EPISODE_WINDOWS
    behaviours: Mapping[str, Callable[[Any, np.random.Generator], Policy]] = field(
        default_factory=dict
    )
    behaviour: Callable[[Any], str] = lambda config: "random"
    not_served: Mapping[str, str] = field(default_factory=dict)
    weight: Callable[[Any], Any] | None = None
    moments: Callable[[Any, Any], tuple[Floats, Floats]] | None = None
    view: Callable[[Any], Mapping[str, Any]] = lambda config: NOTHING
    check_view: Callable[[int, Mapping[str, Any], Any], None] = ignore_view
    bounds: Callable[[Any], tuple[Floats, Floats]] | None = None

    @property
    def measures(self) -> tuple[Metric, ...]:
        """What results and tables tell of a policy: the cost and the metrics."""
        return (self.cost, *self.metrics)

    def discounted(self, discount: float, config: Configuration) -> float:
        """Return a learner's discount factor as it counts in a configuration."""
        return discount if self.sequential(config) else 0.0


#: The package whose folders are families; they stand on this module, and are found by name.
FOLDER = "difsched.env"


class _Families(Mapping[str, Family]):
    """Families by name, each loaded when it is asked for; found by their folders."""

    def __getitem__(self, name: str) -> Family:
        if name not in self._folders():
            raise KeyError(name)
        family = getattr(import_module(f"{FOLDER}.{name}"), "FAMILY", None)
        if not isinstance(family, Family):
            raise KeyError(name)
        return family

    def __iter__(self) -> Iterator[str]:
        for name in self._folders():
            try:
                yield self[name].name
            except KeyError:
                continue

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @staticmethod
    def _folders() -> list[str]:
        """Return the packages in the folders of `difsched.env`, in order."""
        found = modules_in(*import_module(FOLDER).__path__)
        return sorted({module.name for module in found if module.ispkg})


FAMILIES: Mapping[str, Family] = _Families()


def family_named(name: str) -> Family:
    """Return the family of a name.

    Raises
    ------
    InputError
        If there is none.
    """
    try:
        return FAMILIES[name]
    except KeyError:
        line = choices(name, list(FAMILIES))
        raise InputError(f"family = {name!r}: {line}") from None


def family_of(config: Configuration) -> Family:
    """Return the family of a configuration, by the ``family`` that its class names.

    Raises
    ------
    InputError
        If there is no family of that name.
    """
    return family_named(config.family)
