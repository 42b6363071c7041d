"""The slices on which a scheduler from outside is evaluated: configs 0-7, or its author's own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from difsched.baselines.slice.datasets import gather, plan
from difsched.cli.slice_problem import read_slice
from difsched.config import ConfigManager, DatasetConfig, EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.family import slice_traffic
from difsched.env.slice.traffic.generator import Traffic
from difsched.env.slice.traffic.traces import trace_digest
from difsched.errors import InputError
from experiments.runs.reference import Salvage
from experiments.user_scheduler.comparison import find_traffic


@dataclass(frozen=True)
class OwnSlice:
    """A slice, and what a scheduler may learn from and is compared with there.

    Attributes
    ----------
    name : int or str
        Number of its configuration, or the name of its file.
    config : EnvironmentConfig
    traffic : Traffic
    dataset : DatasetConfig
        How the data of a learner are collected.
    reference : Salvage or None
        Runs to compare with, if there are any.
    """

    name: int | str
    config: EnvironmentConfig
    traffic: Traffic
    dataset: DatasetConfig
    reference: Salvage | None = None

    @classmethod
    def numbered(cls, index: int, reference: Salvage | None, traces: Path | None) -> "OwnSlice":
        """Return the slice of one of the suite's configurations."""
        manager = ConfigManager()
        numbers = manager.load_experiment_config(index)
        config = manager.load_env_config(numbers.env)
        traffic = find_traffic(config, reference, traces)
        return cls(index, config, traffic, manager.load_dataset_config(numbers.dataset), reference)

    @classmethod
    def chosen(cls, config: str, traces: str | None, link: str | None) -> "OwnSlice":
        """Return the slice of ``--config``, ``--traces`` and ``--link``: nothing was run there.

        Raises
        ------
        InputError
            As `read_slice`.
        """
        slice_config = read_slice(config, traces, link)
        number = config.isdecimal()
        dataset = ConfigManager().load_dataset_config(int(config) if number else "default")
        name = int(config) if number else Path(config).stem
        return cls(name, slice_config, slice_traffic(slice_config), dataset)

    def collect(self) -> OfflineDataset:
        """Return the offline dataset that a learner learns from."""
        composed = plan(self.config, self.traffic)
        return gather(self.name, self.dataset, self.config, self.traffic, composed)[0]

    def setting(self) -> dict[str, Any]:
        """Return what the slice is, as plain values: where its traces lie does not count."""
        traces = self.config.traces
        found = replace(self.config, traces=None).to_dict()
        return found | {"traces": None if traces is None else trace_digest(Path(traces))}


def read_configs(text: str | None, allowed: Sequence[int]) -> list[int]:
    """Return the configurations of a list such as ``0,3`` or ``0-3``; all for None.

    Raises
    ------
    InputError
        If it is no such list, or a range in it is empty.
    """
    if text is None:
        return list(allowed)
    chosen: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        ends = [int(end) if end.isdecimal() else -1 for end in (first, last or first)]
        if not set(ends) <= set(allowed) or ends[0] > ends[1]:
            numbers = ", ".join(map(str, allowed))
            raise InputError(f"--configs {text!r}: must be a list such as 0,3 or 0-3 of {numbers}")
        chosen |= set(range(ends[0], ends[1] + 1))
    return sorted(chosen)
