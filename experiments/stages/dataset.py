"""Stage and Sacred experiment: an offline dataset (T1), the slice's by its MDP sub-agents."""

import argparse
from pathlib import Path

from difsched.run_ids import dataset_run
from difsched.utils.files import sha256, write_json
from experiments.families.problems import NamedFiles
from experiments.runs.run import track
from experiments.runs.workspace import Workspace, main


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write a dataset and its card."""
    family, index = arguments.family, arguments.config
    problems = workspace.problems(family)
    config = problems.dataset_config(index)
    path, card_path = workspace.dataset_path(family, index), workspace.card_path(family, index)

    def make(folder: Path) -> float:
        data, card = problems.collect(index)
        data.save(path, card)
        write_json(folder / "result.json", card)
        return float(card["behaviour_loss"])

    settings = {
        "family": family,
        "config": index,
        "seed": config.randomSeed,
        "dataset": problems.recipe(index).to_dict(),
        "environment": config.to_dict(),
        "inputs": _digests(problems.dataset_inputs(config)),
    }
    code = workspace.code("experiments.stages.dataset", *problems.modules())
    run_id = dataset_run(family, index)
    track("dataset", workspace.folder, run_id, settings, make, code, [path, card_path])


def _digests(inputs: NamedFiles) -> dict[str, str | list[str]]:
    return {
        name: [sha256(path) for path in files] if isinstance(files, list) else sha256(files)
        for name, files in inputs.items()
    }


if __name__ == "__main__":
    main(run, family=str, config=int)
