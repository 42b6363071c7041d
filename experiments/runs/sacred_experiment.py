"""Sacred's experiment of a run, and what of the machine it does not write down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sacred import SETTINGS, Experiment
from sacred.observers import FileStorageObserver

from experiments.paths import ROOT
from experiments.provenance.fingerprint import PACKAGES, Code
from experiments.runs.observers import Steady, places

# Printed text is caught in Python alone: file descriptors stay those of the job's log.
SETTINGS.CAPTURE_MODE = "sys"


@dataclass(frozen=True)
class Asked:
    """What a command line of Sacred asks of a run, beside what it is.

    Attributes
    ----------
    options : mapping
        Sacred's own options -> value, such as ``--comment``.
    named_configs : sequence of str
        Names of configurations that were asked for, as the record has them.
    observers : sequence of str
        Places of further observers; see `experiments.runs.observers`.
    again : bool
        Whether the run is made even if it is complete.
    """

    options: Mapping[str, Any] = field(default_factory=lambda: {"--loglevel": "WARNING"})
    named_configs: Sequence[str] = ()
    observers: Sequence[str] = ()
    again: bool = False


def experiment_of(
    name: str, config: Mapping[str, Any], code: Code, folder: Path, observers: Sequence[str]
) -> Experiment:
    """Return an experiment of a name, with configuration and sources, that writes into a folder.

    And to further observers, where its ids begin with the name of the workspace.
    """
    experiment = Experiment(name, base_dir=ROOT, save_git_info=False)
    experiment.add_config(dict(config))
    for part, found in code.parts.items():
        if part in PACKAGES:
            experiment.add_package_dependency(part, found)
        else:
            experiment.add_source_file(ROOT / part)
    experiment.observers.append(Anonymous(folder, copy_sources=False))
    prefix = f"{folder.parent.name}/"
    experiment.observers += [Steady(place, prefix) for place in places(observers)]
    return experiment


class Anonymous(FileStorageObserver):
    """Sacred's observer that names neither the host nor a path: logs go to blind reviews."""

    def started_event(
        self,
        ex_info: dict[str, Any],
        command: Any,
        host_info: dict[str, Any],
        *rest: Any,
        **more: Any,
    ) -> Any:
        """Write the run's first record without them."""
        ex_info = {**ex_info, "base_dir": "."}
        host_info = {key: value for key, value in host_info.items() if key != "hostname"}
        return super().started_event(ex_info, command, host_info, *rest, **more)

    def save_sources(self, ex_info: dict[str, Any]) -> list[list[str]]:
        """Return the run's source files, relative to the repository, each with its MD5."""
        return [list(source) for source in ex_info["sources"]]
