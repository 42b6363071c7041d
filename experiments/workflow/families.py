"""What the rules of the workflow have to know of a problem family.

Datasets and the main matrix have rules a family, all written once in the Snakefile; so has what the
slice prepares beforehand, traffic and sub-agents.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.families.problems import Problems


@dataclass(frozen=True)
class Inputs:
    """What a job on a configuration rests on.

    Attributes
    ----------
    size : int
        Entities of the configuration: jobs take longer about in proportion.
    files : list of str
        What it reads, of the jobs before it.
    settings : list
        Plain values that its result depends on.
    """

    size: int
    files: list[str]
    settings: list[Any]


@dataclass(frozen=True)
class Plan:
    """The jobs of a problem family.

    Attributes
    ----------
    family : str
        Its name.
    datasets : mapping
        Number of a dataset -> what collecting it rests on.
    collected : list of str
        The files that collecting a dataset makes: arrays and card, with the wildcard ``config``.
    configs : mapping
        Number of a configuration -> what training and evaluation on it rest on.
    modules : list of str
        Modules behind datasets and configurations.
    """

    family: str
    datasets: Mapping[int, Inputs]
    collected: list[str]
    configs: Mapping[int, Inputs]
    modules: list[str]

    def sizes(self) -> dict[int, list[int]]:
        """Return size -> configurations of that size."""
        found: dict[int, list[int]] = {}
        for number, inputs in self.configs.items():
            found.setdefault(inputs.size, []).append(number)
        return dict(sorted(found.items()))

    def cards(self) -> list[str]:
        """Return the cards of the datasets."""
        return [self.collected[1].format(config=number) for number in self.datasets]


def plan_of(problems: Problems, configs: Iterable[int]) -> Plan:
    """Return the jobs on some configurations of a family."""
    family, layout = problems.family, problems.layout
    paths = [path(family.name, "{config}") for path in (layout.dataset_path, layout.card_path)]
    collected = [str(path) for path in paths]
    mains, datasets = {}, {}
    for index in configs:
        config, number = problems.config(index), problems.dataset(index)
        made = [path.format(config=number) for path in collected]
        files = [*made, *map(str, problems.prepared(config))]
        mains[index] = Inputs(family.entities(config), files, [config.to_dict()])
        on = problems.dataset_config(number)
        settings = [problems.recipe(number).to_dict(), on.to_dict()]
        prepared = list(map(str, problems.prepared(on)))
        datasets[number] = Inputs(family.entities(on), prepared, settings)
    return Plan(family.name, datasets, collected, mains, problems.modules())
