"""What the rules of the workflow have to know of a problem family.

Datasets and the main matrix have rules a family, all written once in the Snakefile. Another family
joins by its :class:`Plan`, and by rules for what it prepares beforehand, as the slice prepares
traffic and sub-agents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Needs:
    """What a job on a configuration needs.

    Attributes
    ----------
    size : int
        Entities of the configuration: jobs take longer about in proportion.
    files : sequence of str
        What it reads, of the jobs before it.
    settings : object
        Plain values that its result depends on.
    """

    size: int
    files: Sequence[str]
    settings: Any


@dataclass(frozen=True)
class Plan:
    """The jobs of a problem family.

    Attributes
    ----------
    family : str
        Its name.
    datasets : mapping
        Number of a dataset -> what collecting it needs.
    collected : mapping
        Number of a dataset -> the files that collecting it makes: arrays and card.
    configs : mapping
        Number of a configuration -> what training and evaluation on it need.
    """

    family: str
    datasets: Mapping[int, Needs]
    collected: Mapping[int, Sequence[str]]
    configs: Mapping[int, Needs]

    def sizes(self) -> dict[int, list[int]]:
        """Return size -> configurations of that size."""
        found: dict[int, list[int]] = {}
        for number, needs in self.configs.items():
            found.setdefault(needs.size, []).append(number)
        return dict(sorted(found.items()))
