"""The committed logs of the full reproduction, read without trust.

``artifacts/reference/logs`` is a workspace without its weights and datasets. What is whole is read;
a run that is missing, cut short or edited is named and left out, and nothing takes its place.
"""

from pathlib import Path

import pandas as pd

from difsched.errors import InputError
from difsched.utils.files import atomic, refusing
from experiments.aggregate.tables import PARTS, write_tables
from experiments.paths import AGGREGATES, ROOT
from experiments.runs.run import audit
from experiments.runs.workspace import Workspace

REFERENCE = ROOT / "artifacts" / "reference"
LOGS = REFERENCE / "logs"
#: Made from the committed logs by each call that reads them.
FRESH = AGGREGATES / "reference"
#: Lists what was left out, beside the tables that lack it.
EXCLUDED = "excluded.csv"


class Salvage(Workspace):
    """A workspace of which only what is whole is read.

    Parameters
    ----------
    folder : Path
        Holds ``spec.json``.

    Attributes
    ----------
    excluded : dict
        Run or manifest -> what is wrong with it.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.excluded: dict[str, str] = {}

    def runs(self, manifest: Path) -> list[Path]:
        """Return the whole runs that a manifest names, in order, and note the others."""
        try:
            folders = audit(manifest)
        except InputError:
            self.excluded[manifest.stem] = "its manifest is missing or damaged"
            return []
        faults = {folder.name: fault for folder, fault in folders.items() if fault is not None}
        self.excluded |= faults
        return [folder for folder in folders if folder.name not in faults]


def aggregate(logs: Path = LOGS, out: Path = FRESH) -> dict[str, str]:
    """Write every CSV file and the list of what was left out; return that list.

    Parameters
    ----------
    logs : Path
        The workspace.
    out : Path
        Folder of the CSV files.

    Raises
    ------
    InputError
        If there are no logs, they make no sense, or what they rest on besides runs is missing.
    """
    if not (logs / "spec.json").is_file():
        raise InputError(f"{logs} holds no logs: spec.json is missing")
    workspace = Salvage(logs)
    with refusing(logs, "logs"):
        tables = [part(workspace) for part in PARTS.values()]
    for part in tables:
        write_tables(part, out)
    rows = sorted(workspace.excluded.items())
    with atomic(out / EXCLUDED) as path:
        pd.DataFrame(rows, columns=["run", "reason"]).to_csv(path, index=False, lineterminator="\n")
    return workspace.excluded
