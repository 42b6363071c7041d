"""The tables of F3, from the raw logs of complete runs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from difsched.config.base import check_choice
from difsched.errors import within
from difsched.utils.files import read_json
from experiments.aggregate.columns import ROWS
from experiments.aggregate.records import mapping, read_record, record, take
from experiments.aggregate.rows import Row
from experiments.products import tables_of
from experiments.runs.workspace import Workspace

#: What shows single samples is taken from the first run alone.
SHOWN = ("mixture_samples", "tie_examples")


@dataclass(frozen=True)
class Cloned:
    """What ``config.json`` of a run says; mixtures are of no family."""

    family: str | None
    seed: int
    gradient_steps: int


def multimodal(workspace: Workspace) -> Mapping[str, Sequence[Row]]:
    """Return the rows of all runs by table; see `experiments.stages.multimodal`."""
    tables: dict[str, list[Row]] = {}
    for folder in workspace.runs(workspace.multimodal_path):
        run = {"run": folder.name, **asdict(read_record(Cloned, folder / "config.json"))}
        path = folder / "result.json"
        values = read_json(path)
        with within(f"{path}: "):
            for name in mapping(values):
                kind = ROWS[check_choice("table", name, tables_of("multimodal"))]
                if name not in SHOWN or name not in tables:
                    found = take(values, name, tuple[Mapping[str, object], ...])
                    with within(f"{name}: "):
                        rows = [record(kind, {**run, **row}) for row in found]
                    tables.setdefault(name, []).extend(rows)
    return tables
