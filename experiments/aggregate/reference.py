"""The CSV files of the committed logs, and what had to be left out of them."""

from collections.abc import Collection
from pathlib import Path

from difsched.config import EnvironmentConfig
from difsched.errors import InputError
from difsched.run_ids import family_of
from difsched.utils.files import refusing
from experiments.aggregate.columns import write_tables
from experiments.aggregate.rows import ExcludedRow
from experiments.aggregate.tables import PARTS
from experiments.paths import LOGS
from experiments.products import FURTHER
from experiments.runs.reference import EXCLUDED, FRESH, Salvage
from experiments.studies import family_of_study


def aggregate(
    logs: Path = LOGS, out: Path = FRESH, families: Collection[str] = ()
) -> dict[str, str]:
    """Write every CSV file and the list of what was left out; return that list.

    Parameters
    ----------
    logs : Path
        The workspace.
    out : Path
        Folder of the CSV files.
    families : collection of str, optional
        Those whose files are written; by default all that the workspace's profile runs.

    Raises
    ------
    InputError
        If there are no logs, they make no sense, or what they rest on besides runs is missing.
    """
    if not (logs / "spec.json").is_file():
        raise InputError(f"{logs} holds no logs: spec.json is missing")
    workspace = Salvage(logs)
    with refusing(logs, "logs"):
        wanted = families or (EnvironmentConfig.family, *workspace.profile.families)
        tables = [part(workspace) for name, part in PARTS.items() if _family(name) in wanted]
    for part in tables:
        write_tables(part, out)
    excluded = sorted(workspace.excluded.items())
    rows = [ExcludedRow(name, family_of(name), why) for name, why in excluded]
    write_tables({EXCLUDED.removesuffix(".csv"): rows}, out)
    return workspace.excluded


def _family(part: str) -> str:
    """Return the problem family of a part of the aggregates."""
    return part if part in FURTHER else family_of_study(part)
