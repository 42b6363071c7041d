"""A trial: a learner with other settings, trained as usual and scored on validation windows."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from difsched.baselines.method import Method, Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import find, modules_of
from difsched.errors import within
from difsched.evaluation.scoring import mean_loss, score
from difsched.family import family_of
from difsched.run_ids import place
from difsched.utils.files import read_json, sha256, write_json
from experiments.profiles.profile import Evaluation
from experiments.runs.run import track
from experiments.runs.workspace import Workspace
from experiments.tuning.space import PARTS, Spaces

EXPERIMENT = "tune"


@dataclass(frozen=True)
class Trial:
    """One trial of a method.

    Attributes
    ----------
    method, family : str
    config : int
        Number of the configuration.
    number : int
        0: the settings from before the trials.
    seed : int
        Of the training.
    """

    method: str
    family: str
    config: int
    number: int
    seed: int

    @property
    def run_id(self) -> str:
        """The name of its run."""
        where = place(self.family, self.config)
        return f"{EXPERIMENT}-t{self.number:02}-{self.method}-{where}-s{self.seed}"

    @property
    def found(self) -> Method:
        """The method."""
        return find(self.method, self.family)


def changed(settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a method's ``model`` and ``training`` with other values of fields.

    Raises
    ------
    InputError
        If a field is unknown, or its value is not allowed.
    """
    found = dict(settings)
    for part in PARTS:
        prefix = f"{part}."
        own = {
            field.removeprefix(prefix): value
            for field, value in values.items()
            if field.startswith(prefix)
        }
        with within(prefix):
            found[part] = settings[part].changed(own)
    return found


def run_trial(workspace: Workspace, trial: Trial, spaces: Spaces) -> dict[str, Any]:
    """Make a trial's run, unless it is complete already, and return its result."""
    method, problems = trial.found, workspace.problems(trial.family)
    config = problems.config(trial.config)
    values = spaces.trial(method, trial.family, trial.number)
    shorter = dict(workspace.profile.part(trial.family).main.training)
    name = method.training or ""
    shorter[name] = {**shorter.get(name, {}), "curve_points": 0}
    usual = method.settings(trial.seed, shorter, trial.family)
    settings = changed(usual, values)
    path = workspace.dataset_path(trial.family, problems.dataset(trial.config))
    inputs = [*problems.prepared(config), path]
    length = problems.family.test_episode(config)
    windows = Evaluation(spaces.families[trial.family].n_windows).windows(length)
    recorded = {
        "method": trial.method,
        "family": trial.family,
        "config": trial.config,
        "trial": trial.number,
        "seed": trial.seed,
        "environment": config.to_dict(),
        "settings": {kind: value.to_dict() for kind, value in settings.items()},
        "n_windows": windows,
        "inputs": {file.stem: sha256(file) for file in sorted(inputs)},
    }

    def fit_and_score(folder: Path) -> float:
        view, source = method.view(config), problems.source(config)
        task = Task(view, source, dataset_path=path, **problems.task(config), **settings)
        method.load()
        started = time.process_time()
        policy = method.fit(task)
        seconds = time.process_time() - started
        loss = mean_loss(policy, view, source, windows, "train")
        scale = reference_losses(view, source, windows, "train")
        points = score(loss, scale, family_of(view).references(view))
        write_json(folder / "result.json", {"loss": loss, "score": points, "seconds": seconds})
        return loss

    behind = {*problems.modules(), *modules_of(trial.method, family=trial.family)}
    code = workspace.code("experiments.tuning.trials", *behind)
    folder = track(EXPERIMENT, workspace.folder, trial.run_id, recorded, fit_and_score, code)
    result: dict[str, Any] = read_json(folder / "result.json")
    return {"values": values, **result}
