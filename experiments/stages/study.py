"""Stage and Sacred experiment: a variant of a study on its configurations and seeds."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from difsched.agents import OfflinePolicy
from difsched.baselines.method import Method, Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import find, modules_of
from difsched.data.transitions import Transitions
from difsched.evaluation import evaluate
from difsched.evaluation.risk import shifted_losses
from difsched.evaluation.scoring import mean_loss
from difsched.family import Configuration
from difsched.policy import Policy
from difsched.run_ids import study_run
from difsched.utils.files import sha256, write_json
from experiments.families.problems import Problems
from experiments.profiles.profile import Part
from experiments.runs.run import track, write_manifest
from experiments.runs.workspace import Workspace, main
from experiments.studies import family_of_study
from experiments.studies.variants import Variant, variants


@dataclass(frozen=True)
class Setting:
    """A variant on one configuration: what all its runs share.

    Attributes
    ----------
    workspace : Workspace
    variant : Variant
    index : int
        Number of the configuration.
    family : str
        Its family.
    seed : int or None
        Whose data these are, where each seed has data of its own.
    """

    workspace: Workspace
    variant: Variant
    index: int
    family: str = "slice"
    seed: int | None = None

    @property
    def part(self) -> Part:
        """What the profile computes of the family."""
        return self.workspace.profile.part(self.family)

    @property
    def problems(self) -> Problems:
        """The family's configurations."""
        return self.workspace.problems(self.family)

    @cached_property
    def config(self) -> Configuration:
        """The configuration."""
        config = self.problems.config(self.index).changed(self.variant.environment)
        return config if self.seed is None else self.problems.redrawn(config, self.seed)

    @cached_property
    def dataset(self) -> Any:
        """How its data are collected."""
        return self.variant.data(self.problems.usual_recipe(self.index), self.part.datasets)

    @cached_property
    def source(self) -> Any:
        """What windows are drawn from."""
        return self.problems.source(self.config)

    @cached_property
    def data(self) -> Transitions:
        """Its data, as the stage ``datasets`` collects them."""
        # The streams of dataset `index`: what is not changed stays what it is in the main runs.
        data: Any
        name = self.index if self.seed is None else self.problems.stream(self.index, self.seed)
        data, card = self.problems.gather(name, self.dataset, self.config)
        return replace(data, card=card)

    @cached_property
    def reference_losses(self) -> dict[str, float]:
        """The losses that stand for a score of 0 and of 100."""
        return reference_losses(self.config, self.source, self.n_windows)

    @property
    def n_windows(self) -> int:
        """Common test windows."""
        length = self.problems.family.test_episode(self.config)
        return self.part.main.evaluation.windows(length)

    def loss(self, policy: Policy) -> float:
        """Return a policy's mean loss on the common test windows."""
        return mean_loss(policy, self.config, self.source, self.n_windows)

    @cached_property
    def shifted(self) -> Mapping[str, "Setting"]:
        """The settings in which the variant is tested besides, by their words."""
        return {
            name: replace(self, variant=self.variant.where(changes))
            for name, changes in self.variant.tested.items()
        }


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Make the runs of a variant, then their manifest."""
    study, name = arguments.study, arguments.variant
    options = workspace.profile.every_study()[study]
    variant, family = variants(study)[name], family_of_study(study)
    settings = [Setting(workspace, variant, index, family) for index in options.configs]
    folders = [
        run_one(study, setting, method.name, seed)
        for setting in settings
        for method in (find(name, family) for name in variant.methods)
        for seed in seeds_of(method, options.seeds, variant.own_data)
    ]
    write_manifest(workspace.study_path(study, name), folders)


def seeds_of(method: Method, seeds: list[int], own_data: bool) -> list[int]:
    """Return the seeds of a method's runs: the first alone where neither it nor its data draw."""
    return seeds if method.training or own_data else seeds[:1]


def run_one(study: str, shared: Setting, name: str, seed: int) -> Path:
    """Make one run of a variant, unless it is complete already, and return its folder."""
    setting = replace(shared, seed=seed) if shared.variant.own_data else shared
    workspace, variant, config = setting.workspace, setting.variant, setting.config
    method, shorter = find(name, setting.family), setting.part.main.training
    usual = method.settings(seed, shorter, setting.family)
    settings = variant.settings(usual, shorter.get(method.training or "", {}))
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
    if variant.tested:
        # A word may have a dot, which no key of Sacred's may.
        recorded["tested"] = [[word, dict(changes)] for word, changes in variant.tested.items()]

    def fit_and_score(folder: Path) -> float:
        view = method.view(config)
        task = Task(
            view,
            setting.source,
            collect=lambda: setting.data,
            **setting.problems.task(config),
            **settings,
        )
        policy = method.fit(task)
        scores = evaluate(policy, view, setting.source, setting.n_windows)
        result = scores.summary(getattr(view, "information", None))
        result |= {"levels": shared.reference_losses, "decisions": decisions(setting, policy)}
        if variant.tested:
            result["tested"] = shifts(setting, method, policy)
        write_json(folder / "result.json", result)
        return float(scores.loss.mean())

    run_id = study_run(study, variant.name, name, config.family, setting.index, seed)
    behind = {*setting.problems.modules(), *modules_of(name, family=setting.family)}
    code = workspace.code("experiments.stages.study", *behind)
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


def shifts(setting: Setting, method: Method, policy: Policy) -> list[dict[str, Any]]:
    """Return what the same policy does where conditions are others, which nobody tells it.

    Of each word of the variant's ``tested``: its loss, and those that stand for a score of 0 and of
    100 there.
    """
    seen = method.view(setting.config)
    losses = shifted_losses(policy, seen, setting.variant.tested, setting.n_windows, setting.source)
    return [
        {"tested": word, "loss": loss, "levels": setting.shifted[word].reference_losses}
        for word, loss in losses.items()
    ]


if __name__ == "__main__":
    main(run, study=str, variant=str)
