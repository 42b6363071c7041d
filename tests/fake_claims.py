"""Claims, numbers and workspaces that nobody made."""

from pathlib import Path
from typing import Any

import pandas as pd

from difsched.config.base import read_yaml
from difsched.utils.files import write_json
from experiments.claims.schema import RESULTS, Claim
from experiments.paths import PROFILES
from experiments.runs.run import RECORD

COMMAND = "./run_all.sh table2"
#: A claim that holds of SCORES, as the file writes it.
ENTRY = {
    "id": "good",
    "statement": "A good method is good.",
    "paper": ["sec:main", "tab:table2"],
    "command": COMMAND,
    "file": "summary.csv",
    "select": {"method": "good", "config": [0, 1]},
    "column": "score",
    "per": ["config"],
    "at_least": 95,
}
NAMED = {"costs": {COMMAND: {"minutes": 1, "memory": 2, "disk": 3}}}
SCORES = pd.DataFrame(
    [("good", 0, 96.0, 1), ("good", 1, 98.0, 3), ("bad", 0, 90.0, 1), ("bad", 1, 97.0, 3)],
    columns=["method", "config", "score", "seeds"],
)
FULL: dict[str, Any] = {"profile": read_yaml(PROFILES / "full.yaml"), "traces": None}
FULL["traffic_id"] = "builtin"
SMOKE = {**FULL, "profile": read_yaml(PROFILES / "smoke.yaml")}


def claim(**fields: Any) -> Claim:
    """Return ENTRY with other fields; those that are None are left out."""
    entry = {**NAMED["costs"][COMMAND], **ENTRY, **fields}
    return Claim.from_dict({name: value for name, value in entry.items() if value is not None})


#: Fields of a claim that compares runs with those of the reference.
REPEAT = {"file": RESULTS, "column": "loss", "at_least": None, "tolerance": 0.1}


def make_workspace(root: Path) -> Path:
    """Make a workspace of the full profile, and beside it its aggregates, SCORES."""
    write_json(root / "full-builtin" / "spec.json", FULL)
    write_scores(root / "aggregates")
    return root / "full-builtin"


def write_scores(folder: Path, table: pd.DataFrame = SCORES) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "summary.csv", index=False)


def write_run(folder: Path, loss: float, digest: str) -> None:
    write_json(folder / "result.json", {"loss": loss, "rows": [{"loss": loss}], "jain": 2 * loss})
    write_json(folder / RECORD, {"files": {"result.json": digest}})
