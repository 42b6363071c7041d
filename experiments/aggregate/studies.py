"""Rows of a study's CSV file: one a run, and one a further setting of its decisions."""

from pathlib import Path
from typing import Any

from difsched.evaluation.scoring import score
from difsched.family import FAMILIES
from difsched.utils.files import read_json
from experiments.aggregate.results import Rows
from experiments.runs.workspace import Workspace
from experiments.studies.variants import Variant, chosen


def study_rows(workspace: Workspace, study: str) -> Rows:
    """Return the rows of a study in the order of its file; none if the profile leaves it out."""
    options = workspace.profile.studies.get(study)
    return [
        row
        for variant in ({} if options is None else chosen(study, options.only)).values()
        for folder in workspace.runs(workspace.study_path(study, variant.name))
        for row in _rows(folder, study, variant)
    ]


def _rows(folder: Path, study: str, variant: Variant) -> Rows:
    config, result = read_json(folder / "config.json"), read_json(folder / "result.json")
    family = FAMILIES["slice"]
    references = family.references(family.parse(config["environment"]))

    def row(loss: float, **decision: Any) -> dict[str, Any]:
        return {
            "run": folder.name,
            "study": study,
            "variant": variant.name,
            "group": variant.group,
            "label": variant.label,
            "x": variant.x,
            "method": config["method"],
            "family": config["family"],
            "config": config["config"],
            "seed": config["seed"],
            "information": result["information"],
            "retransmit": config["environment"]["retransmit"],
            "data_windows": config["dataset"]["n_windows"],
            "random_share": config["dataset"]["random_share"],
            "behaviour": config["dataset"]["behaviour"],
            "gradient_steps": config["settings"]["training"]["gradient_steps"],
            "field": None,
            "value": None,
            **decision,
            "loss": loss,
            "score": score(loss, result["levels"], references),
        }

    return [
        row(result["loss"]),
        *(row(d["loss"], field=d["field"], value=d["value"]) for d in result["decisions"]),
    ]
