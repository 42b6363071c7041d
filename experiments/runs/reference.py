"""The committed logs of the full reproduction, read without trust.

``artifacts/reference/logs``, unpacked from the committed packs, is a workspace without its weights
and datasets. What is whole is read; a run that is missing, cut short or edited is named and left
out, and nothing takes its place.
"""

from pathlib import Path

from difsched.errors import InputError
from experiments.paths import AGGREGATES
from experiments.runs.run import audit
from experiments.runs.workspace import Workspace

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
