"""The tables of F3, from the raw logs of complete runs."""

from difsched.utils.files import read_json
from experiments.aggregate.results import Rows
from experiments.runs.workspace import Workspace

#: What shows single samples is taken from the first run alone.
SHOWN = ("mixture_samples", "tie_examples")


def multimodal(workspace: Workspace) -> dict[str, Rows]:
    """Return the rows of all runs by table; see `experiments.stages.multimodal`."""
    tables: dict[str, Rows] = {}
    for folder in workspace.runs(workspace.multimodal_path):
        config = read_json(folder / "config.json")
        run = {"run": folder.name, "family": config["family"], "seed": config["seed"]}
        run |= {"gradient_steps": config["gradient_steps"]}
        for name, rows in read_json(folder / "result.json").items():
            if name not in SHOWN or name not in tables:
                tables.setdefault(name, []).extend(run | row for row in rows)
    return tables
