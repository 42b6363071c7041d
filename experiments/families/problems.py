"""The configurations of a problem family in a workspace, and the datasets collected on them."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from difsched.config import DatasetConfig
from difsched.config.base import Config
from difsched.data.recipe import Recipe, gather
from difsched.data.transitions import Transitions
from difsched.errors import within
from difsched.family import FAMILIES, FOLDER, Configuration, Family
from experiments.paths import Layout

#: Files that a job reads, by the names under which their digests are kept.
NamedFiles = Mapping[str, Path | list[Path]]


class Problems:
    """What the stages and the workflow ask of a problem family.

    A family whose datasets are more than a log of one of its behaviours, or that needs files made
    beforehand, derives a class, ``PROBLEMS`` of a module of its name in this package.

    Parameters
    ----------
    family : Family
    layout : Layout
        Where a workspace's files are.
    changes : mapping
        Fields that replace those of the datasets' recipes.
    """

    def __init__(self, family: Family, layout: Layout, changes: Mapping[str, Any]) -> None:
        self.family, self.layout, self.changes = family, layout, changes

    def modules(self) -> list[str]:
        """Return the modules behind a family's datasets and configurations."""
        return sorted({type(self).__module__, f"{FOLDER}.{self.family.name}"})

    def config(self, index: int) -> Configuration:
        """Return a configuration by its number."""
        config: Configuration = self.family.load(index)
        return config

    def dataset(self, index: int) -> int:
        """Return the number of the dataset from which a configuration is learned."""
        return index

    def dataset_config(self, number: int) -> Configuration:
        """Return the configuration on which a dataset is collected."""
        return self.config(number)

    def usual_recipe(self, number: int) -> Recipe | DatasetConfig:
        """Return how a dataset is collected where nothing of it is replaced."""
        return Recipe.of(self.family, self.dataset_config(number), {})

    def recipe(self, number: int) -> Config:
        """Return how a dataset is collected."""
        return Recipe.of(self.family, self.dataset_config(number), self.changes)

    def prepared(self, config: Configuration) -> list[Path]:
        """Return the files that are made before anything of a configuration can run."""
        return []

    def dataset_inputs(self, config: Configuration) -> NamedFiles:
        """Return the files that collecting a dataset on a configuration reads."""
        return {}

    def redrawn(self, config: Any, seed: int) -> Any:
        """Return where the data of a seed of its own are drawn; its tests are the same."""
        return config

    def stream(self, number: int, seed: int) -> int | str:
        """Return what names the random streams of a dataset that is another one for each seed."""
        return f"{number}-{seed}"

    def source(self, config: Configuration) -> Any:
        """Return what windows are drawn from; None: what the configuration says."""
        return None

    def task(self, config: Configuration) -> dict[str, Any]:
        """Return what a method's `Task` has on a configuration, beside data and settings."""
        return {}

    def collect(self, number: int) -> tuple[Transitions, dict[str, Any]]:
        """Collect a dataset and return it with its card."""
        return self.gather(number, self.recipe(number), self.dataset_config(number))

    def gather(
        self, number: int | str, recipe: Any, config: Any
    ) -> tuple[Transitions, dict[str, Any]]:
        """Collect data by a recipe on a configuration, with the streams of a dataset's number."""
        assert isinstance(recipe, Recipe)
        return gather(self.family, config, recipe, number)

    def check(self, configs: Iterable[int]) -> None:
        """Build what jobs on configurations will; raise InputError at what is not allowed."""
        for index in configs:
            with within(f"configs: {index}: "):
                self.config(index)
            with within("datasets."):
                self.recipe(self.dataset(index))


def problems_of(family: str, layout: Layout, changes: Mapping[str, Any]) -> Problems:
    """Return the problems of a family in a workspace; see `Problems`."""
    module = f"{__package__}.{family}"
    kind: type[Problems] = import_module(module).PROBLEMS if find_spec(module) else Problems
    return kind(FAMILIES[family], layout, changes)
