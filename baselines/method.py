"""What a method is: how a scheduler comes to be, and what it may use for that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from difsched.config import ConfigManager
from difsched.config.base import check_choice
from difsched.config.manager import algorithms
from difsched.data.transitions import Transitions
from difsched.errors import InputError
from difsched.family import family_of
from difsched.policy import Policy

#: A configuration of any family: a frozen dataclass.
Viewed = TypeVar("Viewed", bound=Any)
#: Called on the way with the amount of training so far, the policy there, and losses by name.
OnPoint = Callable[[int, Policy, Mapping[str, float]], None]


#: Sections of the tables, in their order, and their headings.
SECTIONS = {
    "rules": "Rules and planning",
    "online": "Learned by interaction",
    "models": "Estimated from logged data, then optimized",
    "offline": "Policies learned from logged data",
    "ours": "Ours",
    "oracles": "Oracles",
}
#: Sections of the methods that learn.
LEARNED = ("online", "models", "offline", "ours")


class NotServed(Exception):
    """Raised by a method's ``fit`` for a configuration that it cannot serve.

    The message says why in a word or two, as tables print it: ``n/a: state space``.
    """


def ignore(amount: int, policy: Policy, losses: Mapping[str, float]) -> None:
    """Do nothing at a point of the training."""


@dataclass(frozen=True)
class Task:
    """What a method may use to become a policy: one configuration, one seed.

    Attributes
    ----------
    config : configuration
        Of any family, such as the slice.
    traffic : object
        What windows are drawn from, where a family has that: the traffic of a slice's users.
        Methods train on ``traffic.train`` and never look at the test trace.
    training, model : Config or None
        Settings of the training, with the seed, and hyper-parameters; None where nothing learns.
    dataset_path : Path or None
        The offline dataset's file.
    data : Transitions or None
        The offline dataset itself, instead of a file.
    collect : callable or None
        Makes the offline dataset when a method asks for it; most do not.
    agent_paths : mapping
        Sub-agent number -> its file.
    on_point : callable
        Called at the points of the learning curve.
    """

    config: Any
    traffic: Any = None
    training: Any = None
    model: Any = None
    dataset_path: Path | None = None
    data: Transitions | None = None
    collect: Callable[[], Transitions] | None = None
    agent_paths: Mapping[int, Path] = field(default_factory=dict)
    on_point: OnPoint = ignore

    def __post_init__(self) -> None:
        """Load the family, so that a clock which starts afterwards leaves it out."""
        family_of(self.config)

    @cached_property
    def dataset(self) -> Any:
        """The offline dataset, read and checked when first asked for, as this task shows it.

        Of the family's class, `Transitions`. Every learner takes its data from here: what is not
        of the configuration is refused before any starts.
        """
        data = self.collect() if self.data is None and self.collect else self.data
        if data is None:
            if self.dataset_path is None:
                raise InputError("dataset_path = None: this method learns from an offline dataset")
            data = family_of(self.config).dataset.load(self.dataset_path)
        data = data.shown(self.config)
        data.check(self.config)
        return data


@dataclass(frozen=True)
class Method:
    """A scheduler of the suite.

    Attributes
    ----------
    name : str
        As in run ids and profiles.
    label : str
        As in tables and figures.
    make : callable
        Makes the policy for a task: what `fit` calls.
    section : str
        A key of ``SECTIONS``: where tables print it.
    information : str or None
        ``"perfect"`` or ``"predicted"`` where the method fixes what it sees; None takes the
        configuration's own.
    training : str or None
        Training configuration, such as ``"offline"``; None where nothing learns.
    model : str or None
        Model configuration of a method that learns.
    about : str
        What it is, in a line.
    loads : tuple of str
        Modules that ``fit`` imports when it is first called, such as torch's. Those of the project
        are behind every run of the method: when their code changes, it runs again.
    families : tuple of str or None
        Families that it serves, of a module that families share; None: all that find it.
    memory : bool
        Whether it is shown the history, where a configuration has one (`EnvironmentConfig`).
    debt : bool
        Whether it is shown debts, where a configuration promises a floor.
    decides : bool
        Whether it grants anything: a bound does not (`difsched.policy.Bound`).
    """

    name: str
    label: str
    make: Callable[[Task], Policy]
    section: str
    information: str | None = None
    training: str | None = None
    model: str | None = None
    about: str = ""
    loads: tuple[str, ...] = ()
    families: tuple[str, ...] | None = None
    memory: bool = True
    debt: bool = False
    decides: bool = True

    def __post_init__(self) -> None:
        """Check the section; raise InputError if there is none of that name."""
        check_choice("section", self.section, SECTIONS)

    def fit(self, task: Task) -> Policy:
        """Return the policy for a task.

        Raises
        ------
        NotServed
            If the method cannot serve the task's configuration, or its family says so.
        """
        why = family_of(task.config).not_served.get(self.name)
        if why is not None:
            raise NotServed(why)
        return self.make(task)

    def serves(self, family: str) -> bool:
        """Return whether it is one of a family's methods."""
        return self.families is None or family in self.families

    @property
    def learns(self) -> bool:
        """Whether it learns, from logged data or by interaction."""
        return self.section in LEARNED

    def load(self) -> None:
        """Import what ``fit`` would, so that a clock which starts afterwards leaves it out."""
        if self.model is not None:
            algorithms()
        for module in self.loads:
            import_module(module)

    def view(self, config: Viewed) -> Viewed:
        """Return a configuration with what this method sees."""
        changes: dict[str, Any] = {}
        if self.information is not None:
            changes["information"] = self.information
            if self.information == "perfect" and hasattr(config, "forecast"):
                changes["forecast"] = "trace"
        if not self.memory and hasattr(config, "history"):
            changes["history"] = 0
        if self.debt and getattr(config, "floor", None) is not None:
            changes["debt_information"] = True
        return replace(config, **changes) if changes else config

    def settings(
        self,
        seed: int,
        overrides: Mapping[str, Mapping[str, Any]],
        family: str | None = None,
    ) -> dict[str, Any]:
        """Return the ``training`` and ``model`` of a :class:`Task`.

        Parameters
        ----------
        seed : int
            Seed of the training.
        overrides : mapping
            Training configuration -> fields that replace those of its YAML.
        family : str, optional
            Problem family, which may have settings of its own; see `ConfigManager`.

        Raises
        ------
        InputError
            If a field is unknown or its value is not allowed.
        """
        if self.training is None or self.model is None:
            return {}
        manager = ConfigManager()
        base = manager.load_training_config(self.training, family, self.name)
        changes = {"model": self.model, "seed": seed, **overrides.get(self.training, {})}
        training = base.changed(changes)
        return {"training": training, "model": manager.load_model_config(self.model, family)}
