"""Stage and Sacred experiment: a variant of a study on its configurations and seeds."""

import argparse
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from difsched.agents import OfflinePolicy
from difsched.baselines.method import Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import find, modules_of
from difsched.baselines.slice.datasets import gather
from difsched.baselines.slice.mdp import compose
from difsched.config import DatasetConfig, EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.traffic.generator import Traffic
from difsched.evaluation import evaluate
from difsched.evaluation.scoring import mean_loss
from difsched.policy import Policy
from difsched.run_ids import study_run
from difsched.utils.files import sha256, write_json
from experiments.families.slice import SliceProblems, slice_problems
from experiments.runs.run import track, write_manifest
from experiments.runs.workspace import Workspace, main
from experiments.studies.variants import Variant, variants


@dataclass(frozen=True)
class Setting:
    """A variant on one configuration: what all its runs share.

    Attributes
    ----------
    workspace : Workspace
    variant : Variant
    index : int
        Number of the experiment configuration.
    """

    workspace: Workspace
    variant: Variant
    index: int

    @property
    def problems(self) -> SliceProblems:
        """The slice's configurations."""
        return slice_problems(self.workspace, self.workspace.profile.datasets)

    @cached_property
    def config(self) -> EnvironmentConfig:
        """The slice."""
        return self.problems.config(self.index).changed(self.variant.environment)

    @cached_property
    def dataset(self) -> DatasetConfig:
        """How its data are collected."""
        number = self.problems.dataset(self.index)
        usual = self.workspace.manager.load_dataset_config(number)
        return self.variant.data(usual, self.workspace.profile.datasets)

    @cached_property
    def traffic(self) -> Traffic:
        """The slice's traffic."""
        return self.problems.source(self.config)

    @cached_property
    def data(self) -> OfflineDataset:
        """Its data, as the stage ``datasets`` collects them."""
        composed = compose(self.config, self.problems.agent_paths(self.config))
        # The streams of dataset `index`: what is not changed stays what it is in the main runs.
        data, card = gather(self.index, self.dataset, self.config, self.traffic, composed)
        return replace(data, card=card)

    @cached_property
    def reference_losses(self) -> dict[str, float]:
        """The losses that stand for a score of 0 and of 100."""
        return reference_losses(self.config, self.traffic, self.n_windows)

    @property
    def n_windows(self) -> int:
        """Common test windows."""
        return self.workspace.profile.main.evaluation.n_windows

    def loss(self, policy: Policy) -> float:
        """Return a policy's mean loss on the common test windows."""
        return mean_loss(policy, self.config, self.traffic, self.n_windows)


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Make the runs of a variant, then their manifest."""
    study, name = arguments.study, arguments.variant
    options = workspace.profile.studies[study]
    variant = variants(study)[name]
    folders = [
        run_one(study, setting, method, seed)
        for setting in (Setting(workspace, variant, index) for index in options.configs)
        for method in variant.methods
        for seed in options.seeds
    ]
    write_manifest(workspace.study_path(study, name), folders)


def run_one(study: str, setting: Setting, name: str, seed: int) -> Path:
    """Make one run of a variant, unless it is complete already, and return its folder."""
    workspace, variant, config = setting.workspace, setting.variant, setting.config
    shorter = workspace.profile.main.training
    usual = find(name).settings(seed, shorter)
    settings = variant.settings(usual, shorter.get(find(name).training or "", {}))
    inputs = setting.problems.prepared(config)
    recorded = {
        "study": study,
        "variant": variant.name,
        "method": name,
        "family": config.family,
        "config": setting.index,
        "seed": seed,
        "environment": config.to_dict(),
        "dataset": setting.dataset.to_dict(),
        "settings": {kind: value.to_dict() for kind, value in settings.items()},
        "decide": {key: list(values) for key, values in variant.decide.items()},
        "n_windows": setting.n_windows,
        "inputs": {path.stem: sha256(path) for path in sorted(inputs)},
    }

    def fit_and_score(folder: Path) -> float:
        task = Task(config, setting.traffic, data=setting.data, **settings)
        policy = find(name).fit(task)
        scores = evaluate(policy, config, setting.traffic.test, setting.n_windows)
        result = scores.summary(config.information)
        result |= {"levels": setting.reference_losses, "decisions": decisions(setting, policy)}
        write_json(folder / "result.json", result)
        return float(scores.loss.mean())

    run_id = study_run(study, variant.name, name, config.family, setting.index, seed)
    code = workspace.code("experiments.stages.study", *modules_of(name))
    return track(study, workspace.folder, run_id, recorded, fit_and_score, code)


def decisions(setting: Setting, policy: Policy) -> list[dict[str, Any]]:
    """Return the loss of the same weights under each setting of the variant's ``decide``."""
    rows = []
    for name, values in setting.variant.decide.items():
        assert isinstance(policy, OfflinePolicy)
        for value in values:
            loss = setting.loss(policy.decide_with(**{name: value}))
            rows.append({"field": name, "value": value, "loss": loss})
    return rows


if __name__ == "__main__":
    main(run, study=str, variant=str)
