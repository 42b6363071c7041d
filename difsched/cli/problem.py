"""The problem that a command line chooses: a family, one of its configurations."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.registry import find
from difsched.baselines.weights import load_policy
from difsched.cli.checkout import full_run
from difsched.data.recipe import Recipe, gather
from difsched.data.transitions import Transitions
from difsched.errors import InputError
from difsched.evaluation.windows import Scores
from difsched.family import Family
from difsched.policy import Policy
from difsched.published import model_name, model_weights, names, read_card
from difsched.run_ids import main_run
from difsched.utils.terminal import columns

#: Options that are the slice's alone.
OF_THE_SLICE = ("traces", "link", "random_share")


@dataclass(frozen=True)
class Problem:
    """A configuration of a family, as the command calls it.

    Attributes
    ----------
    family : Family
    name : str
        Its number or name, or the path of a YAML file.
    config : configuration
    own : bool
        Whether something of it is the user's own, so that no run of the suite is of it.
    """

    family: Family
    name: str
    config: Any
    own: bool = False

    @classmethod
    def of(cls, family: Family, arguments: argparse.Namespace) -> Self:
        """Return what a command line chooses.

        Raises
        ------
        InputError
            If there is no such configuration, or an option is not of the family.
        """
        for name in OF_THE_SLICE:
            if getattr(arguments, name, None) is not None:
                option = name.replace("_", "-")
                raise InputError(f"--{option}: is the slice's alone; leave it out in {family.name}")
        return cls(family, arguments.config, family.load(arguments.config))

    def changed(self, fields: Mapping[str, Any]) -> Self:
        """Return the problem with fields of its configuration replaced."""
        if not fields:
            return self
        return replace(self, config=self.config.changed(fields), own=True)

    @property
    def source(self) -> Any:
        """What windows are drawn from, where that is read from files; None elsewhere."""
        return None

    @property
    def entities(self) -> str:
        """Its entities in words: ``8 users``."""
        return f"{self.family.entities(self.config)} {self.family.entity}s"

    @property
    def place(self) -> str:
        """Its configuration in words."""
        return f"{self.family.name} config {self.name}"

    def seen_by(self, method: Method) -> Self:
        """Return the problem with what a method sees."""
        return replace(self, config=method.view(self.config))

    def collect(self, **changes: Any) -> tuple[Transitions, dict[str, Any]]:
        """Return an offline dataset and its card.

        Parameters
        ----------
        **changes
            Fields of the recipe that a user gives: ``n_windows``, whole episodes; ``behaviour``.

        Raises
        ------
        InputError
            If the number or the behaviour is not allowed.
        """
        family, length = self.family, self.family.episode(self.config)
        recipe = Recipe.of(family, self.config, changes)
        if "n_windows" in changes and recipe.n_windows % length:
            raise InputError(
                f"--windows = {recipe.n_windows}: must be a multiple of {length}, the windows of "
                "an episode"
            )
        return gather(family, self.config, recipe, self.number)

    def method(self, name: str) -> Method:
        """Return a method by its name; raise InputError where the family has none of that name."""
        return find(name, self.family.name)

    def fit(self, method: Method, seed: int) -> Policy:
        """Return a method's policy: made here, or of its weights where it learns.

        Raises
        ------
        InputError
            If it learns and there are no such weights, or it cannot serve the configuration.
        """
        if method.training is None:
            task = Task(self.config, self.source, collect=lambda: self.collect()[0])
            return served(method, task)
        weights = self._weights(method, seed)
        if weights is None:
            raise InputError(
                f"{method.name} learns and has no weights here: give --weights FILE "
                f"(difsched train {method.name} makes one)"
            )
        return load_policy(weights, self.config, seed)

    def _weights(self, method: Method, seed: int) -> Path | None:
        """Return the weights of the full run, else the published ones; None where both lack."""
        if self.own or not isinstance(self.number, int):
            return None
        made = full_run(main_run(method.name, self.family.name, self.number, seed))
        if made is not None and (made / "weights.safetensors").is_file():
            return made / "weights.safetensors"
        name = model_name(method.name, self.family.name, self.number)
        if name in names() and read_card(name).seed == seed:
            return model_weights(name)
        return None

    @property
    def number(self) -> int | str:
        """Its number, where its name stands for one; of a file its stem."""
        if self.name.isdecimal():
            return int(self.name)
        names = {self.family.name_of(number): number for number in self.family.configurations()}
        return names.get(self.name, Path(self.name).stem)

    def means(self, scores: Scores) -> dict[str, float]:
        """Return the mean of each metric that the configuration has, by name."""
        figures = scores.figures
        names = [metric.name for metric in self.family.metrics if metric.name in figures]
        return {name: float(figures[name].mean()) for name in names}

    def cost(self, value: float) -> str:
        """Return a cost in words."""
        unit = self.family.cost.unit
        return f"{value:.4g} {unit}".rstrip()

    def told(self, scores: Scores) -> str:
        """Return the metrics in words."""
        means = self.means(scores)
        told = [metric for metric in self.family.metrics if metric.name in means]
        return columns([[one.label, f"{means[one.name]:.4g} {one.unit}"] for one in told])

    def beside(self, method: Method, windows: int) -> tuple[dict[str, float], str] | None:
        """Return what belongs beside a method's loss, and its table; None where nothing does."""
        return None


def served(method: Method, task: Task) -> Any:
    """Return a method's policy for a task; raise InputError where it cannot serve it."""
    try:
        return method.fit(task)
    except NotServed as reason:
        if isinstance(reason.__cause__, InputError):
            raise InputError(f"method = {method.name!r}: n/a: {reason.__cause__}") from None
        raise InputError(
            f"method = {method.name!r}: does not serve this configuration: {reason}"
        ) from None
