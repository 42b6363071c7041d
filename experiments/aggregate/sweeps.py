"""Rows of the sweeps, and of what was learned on one configuration and tested on another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from difsched.config import EnvironmentConfig
from difsched.errors import within
from difsched.evaluation.scoring import score
from experiments.aggregate.records import Built, read_record, record, take
from experiments.aggregate.results import Setting
from experiments.aggregate.rows import Row, SolverTimeRow, SweepRow, TransferRow
from experiments.products import SWEEPS, transfers
from experiments.runs.workspace import Workspace

Fields = Mapping[str, object]


@dataclass(frozen=True)
class Points:
    """What ``result.json`` or ``cost.json`` of a run of many points says."""

    rows: tuple[Fields, ...]


@dataclass(frozen=True)
class Scale:
    """What ``result.json`` of a transfer says of scores: the losses of the references by name."""

    levels: Mapping[str, float]


def sweep_tables(workspace: Workspace) -> dict[str, Sequence[Row]]:
    """Return the rows of the sweeps by table."""
    runs = {sweep: workspace.runs(workspace.sweep_path(sweep)) for sweep in SWEEPS}
    points = {
        sweep: [row for folder in folders for row in _rows(SweepRow, folder / "result.json")]
        for sweep, folders in runs.items()
    }
    times = [row for run in runs["scaling"] for row in _rows(SolverTimeRow, run / "cost.json")]
    return {**points, "scaling_time": times}


def transfer_rows(workspace: Workspace) -> list[TransferRow]:
    """Return a row for each policy, and what it is shown of the channel."""
    return [
        row
        for tested in transfers(workspace.profile.configs)
        for folder in workspace.runs(workspace.transfer_path(EnvironmentConfig.family, tested))
        for row in _transferred(folder)
    ]


def _transferred(folder: Path) -> list[TransferRow]:
    references = read_record(Setting, folder / "config.json").references
    path = folder / "result.json"
    reference_losses = read_record(Scale, path).levels

    def scored(point: Fields) -> Fields:
        return {"score": score(take(point, "loss", float), reference_losses, references)}

    return _rows(TransferRow, path, scored)


def _rows(
    kind: type[Built], path: Path, more: Callable[[Fields], Fields] = lambda point: {}
) -> list[Built]:
    """Return a row for each point of a file: what names the run, the point's fields, and more."""
    setting = read_record(Setting, path.with_name("config.json"))
    run = {"run": path.parent.name, "family": setting.family, "config": setting.config}
    rows = []
    for place, point in enumerate(read_record(Points, path).rows):
        with within(f"{path}: rows[{place}]."):
            rows.append(record(kind, {**run, **point, **more(point)}))
    return rows
