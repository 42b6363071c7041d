"""What a scheduler from outside is compared with: a reference workspace, if it has its slice.

Without ``--reference`` it is the committed logs of the full run, or that of the traces, if there
is one. Differences are paired by test episode: what was scored on other windows is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from difsched.config import EnvironmentConfig
from difsched.env.slice.traffic.generator import Traffic, load_traffic
from difsched.env.slice.traffic.traces import trace_digest
from difsched.errors import InputError
from difsched.utils.files import refusing
from experiments.aggregate.intervals import summary
from experiments.aggregate.method_runs import FamilyRuns
from experiments.aggregate.records import read_record
from experiments.aggregate.results import Run, read_run
from experiments.paths import LOGS, WORK
from experiments.runs.reference import Salvage


def find_reference(folder: Path | None, traces: Path | None) -> Salvage | None:
    """Return the workspace to compare with: the one asked for, or the one of the traffic, if any.

    Raises
    ------
    InputError
        If the one asked for is none, or the traces are not allowed.
    """
    if folder is not None:
        return Salvage(folder)
    usual = LOGS if traces is None else WORK / f"full-traces-{trace_digest(traces)[:8]}"
    return Salvage(usual) if (usual / "spec.json").is_file() else None


def find_traffic(
    config: EnvironmentConfig, reference: Salvage | None, traces: Path | None
) -> Traffic:
    """Return the traffic of a slice, the reference's very own where there is any."""
    if reference is not None:
        path = reference.traffic_path(config.dataflow)
        if path.is_file():
            return Traffic.load(path)
    return load_traffic(
        config.dataflow, window_length=config.LEN_window, traces=traces, seed=config.randomSeed
    )


@dataclass(frozen=True)
class Tested:
    """What ``config.json`` of a run says of the windows on which it was scored."""

    n_windows: int
    environment: Mapping[str, object]


def reference_runs(
    reference: Salvage | None, index: int | str, config: EnvironmentConfig, n_windows: int
) -> list[Run]:
    """Return the reference's runs on a configuration.

    Raises
    ------
    InputError
        If there is none, it makes no sense, or they were scored on other windows.
    """
    if reference is None:
        raise InputError("it has no results of this slice")
    with refusing(reference.folder, "a reference"):
        runs = _runs(reference, int(index), config, n_windows)
        summary(FamilyRuns(config.family, runs))
    return runs


def _runs(reference: Salvage, index: int, config: EnvironmentConfig, n_windows: int) -> list[Run]:
    runs = []
    for group in reference.profile.groups_on(int(index)):
        for folder in reference.runs(reference.manifest_path(group, config.family, index)):
            tested = read_record(Tested, folder / "config.json")
            if tested.n_windows != n_windows:
                raise InputError(f"it has {tested.n_windows} test windows, this {n_windows}")
            if tested.environment != config.to_dict():
                raise InputError("the configuration has changed since")
            runs.append(read_run(folder))
    if not runs:
        raise InputError("it has no run there")
    return runs
