"""Everything that a call reads, checked before its first job by building what the jobs build."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from difsched.config import ConfigManager, DatasetConfig, EnvironmentConfig
from difsched.config.base import Config, check_choice, check_mapping, check_names, read_fields
from difsched.errors import InputError, choices, within
from experiments.families.problems import Problems, problems_of
from experiments.paths import PROFILES, Layout
from experiments.profiles.profile import Part, Profile
from experiments.profiles.sweeps import slices
from experiments.studies import FAMILY_STUDIES, STUDIES, own_name
from experiments.studies.variants import check_free, chosen, study_path, variants

#: Rooms whose configurations have numbers, and what of them points to another room.
ROOMS: dict[str, dict[str, str]] = {
    "env": {},
    "agent": {},
    "dataset": {"env": "env"},
    "experiment": {"env": "env", "dataset": "dataset"},
}


def check_configurations(manager: ConfigManager) -> None:
    """Read every configuration, and whatever it points to.

    Raises
    ------
    InputError
        At the first value that is not allowed; the line names file and field.
    """
    from difsched.baselines.registry import methods  # slow to import
    from difsched.env.slice.link.calibration import load_conditions
    from difsched.env.slice.traffic.presets import TrafficPreset

    for room, pointers in ROOMS.items():
        load = getattr(manager, f"load_{room}_config")
        for name in [*manager.names(room), *manager.indices(room)]:
            config = load(name)
            file = f"matrix.yaml: {name}" if isinstance(name, int) else f"{name}.yaml"
            with within(f"{manager.config_dir / room}/{file}: "):
                for field, target in pointers.items():
                    with within(f"{field}: "):
                        getattr(manager, f"load_{target}_config")(getattr(config, field))
                if isinstance(config, EnvironmentConfig):
                    for index in set(config.sub_agents_idx):
                        with within("sub_agents_idx: "):
                            manager.load_agent_config(index)
    for name in manager.names("models"):
        manager.load_model_config(name)
    for name in manager.names("training"):
        training = manager.load_training_config(name)
        with within(f"{manager.config_dir}/training/{name}.yaml: model: "):
            manager.load_model_config(training.model)
    for path in sorted(manager.config_dir.glob("training/*/*.yaml")):
        for name in read_fields(path).get("methods", ()):
            with within(f"{path}: "):
                check_choice("methods", name, methods(path.parent.name))
    for path in sorted(manager.config_dir.glob("traffic/*.yaml")):
        TrafficPreset.from_yaml(path)
    for path in sorted(manager.config_dir.glob("link/*.yaml")):
        load_conditions(path)


@dataclass(frozen=True)
class Usual:
    """What studies change: of every configuration of a profile, and every method that learns.

    Attributes
    ----------
    environments, datasets : dict
        Number of the experiment -> its slice; its dataset.
    settings : dict
        Method -> its ``model`` and ``training``.
    main, shorter : mapping
        What the profile changes of trainings, by name, and of datasets.
    """

    environments: dict[int, EnvironmentConfig]
    datasets: dict[int, DatasetConfig]
    settings: dict[str, dict[str, Any]]
    main: Mapping[str, Any]
    shorter: Mapping[str, Any]

    @classmethod
    def of(cls, profile: Profile, manager: ConfigManager) -> "Usual":
        """Build it from a checked profile.

        Raises
        ------
        InputError
            If there is no such configuration, or the profile's changes are not allowed.
        """
        from difsched.baselines.registry import METHODS  # slow to import

        main, shorter = profile.main.training, profile.datasets
        with within("configs: "):
            numbers = {i: manager.load_experiment_config(i) for i in profile.configs}
        datasets = {i: manager.load_dataset_config(part.dataset) for i, part in numbers.items()}
        for dataset in datasets.values():
            _check_changes("datasets", shorter, dataset, "dataset")
        _check_trainings(main, manager)
        return cls(
            environments={i: manager.load_env_config(part.env) for i, part in numbers.items()},
            datasets=datasets,
            settings={n: m.settings(0, main) for n, m in METHODS.items() if m.training},
            main=main,
            shorter=shorter,
        )


def check_plan(name: str, profile: Profile, manager: ConfigManager) -> None:
    """Build what the jobs of a profile and of all studies will build.

    Parameters
    ----------
    name : str
        The profile's name.
    profile : Profile
    manager : ConfigManager
        Its configurations.

    Raises
    ------
    InputError
        At the first value that is not allowed; the line names file and field.
    """
    from experiments.multimodality.near_ties import TiedSlice  # slow to import

    with within(f"{PROFILES / name}.yaml: "):
        usual = Usual.of(profile, manager)
        for name_of_sweep, sweep in profile.sweeps.items():
            for index in sweep.configs:
                with within(f"sweeps.{name_of_sweep}.{sweep.axis}: configuration {index}: "):
                    slices(usual.environments[index], sweep)
        for index in profile.multimodal.ties.configs if profile.multimodal else ():
            with within(f"multimodal.ties.configs: {index}: "):
                check_choice("configs", index, profile.configs)
                TiedSlice.of(usual.environments[index])
    for study in STUDIES:
        options = profile.studies.get(study)
        check_study(study, options.configs if options else profile.configs, usual)
    with within(f"{PROFILES / name}.yaml: "):
        for study, options in profile.studies.items():
            chosen(study, options.only)
        for family, part in profile.families.items():
            with within(f"families.{family}."):
                _check_part(family, part, manager)


def _check_part(family: str, part: Part, manager: ConfigManager) -> None:
    """Build what the jobs of a further family will build."""
    from difsched.baselines.registry import methods  # slow to import

    problems = problems_of(family, Layout(Path()), part.datasets)
    problems.check(part.configs)
    _check_trainings(part.main.training, manager, family)
    for group in part.groups.values():
        for name in group:
            methods(family)[name].settings(0, part.main.training, family)
    for study, of in FAMILY_STUDIES.items():
        if of == family:
            options = part.studies.get(own_name(study))
            chosen(study, options.only if options else None)
            _check_family_study(study, options.configs if options else part.configs, problems, part)


def _check_family_study(study: str, configs: list[int], problems: Problems, part: Part) -> None:
    """Build the settings of every variant of a further family's study."""
    from difsched.baselines.registry import find  # slow to import

    family = problems.family.name
    for variant in variants(study).values():
        with within(f"{study_path(study)}: variant {variant.name!r}: "):
            for index in configs:
                usual = problems.usual_recipe(problems.dataset(index))
                variant.data(usual, part.datasets)
                with within("environment."):
                    config = problems.config(index).changed(variant.environment)
                config = problems.redrawn(config, 0) if variant.own_data else config
                for word, changes in variant.tested.items():
                    with within(f"tested.{word}."):
                        config.changed(changes)
            for name in variant.methods:
                method = find(name, family)
                settings = method.settings(0, part.main.training, family)
                variant.settings(settings, part.main.training.get(method.training or "", {}))


def check_study(study: str, configs: list[int], usual: Usual) -> None:
    """Build the settings of every variant of a study, those left out of the profile, too."""
    from difsched.baselines.registry import find  # slow to import

    for variant in variants(study).values():
        with within(f"{study_path(study)}: variant {variant.name!r}: "):
            for index in configs:
                variant.data(usual.datasets[index], usual.shorter)
                with within("environment."):
                    usual.environments[index].changed(variant.environment)
            for method in variant.methods:
                training = find(method).training
                if training is None:
                    learners = choices(method, usual.settings)
                    raise InputError(f"method = {method!r} does not learn: {learners}")
                variant.settings(usual.settings[method], usual.main.get(training, {}))


def _check_trainings(
    main: Mapping[str, Any], manager: ConfigManager, family: str | None = None
) -> None:
    """Raise InputError unless a profile's main section may change the trainings that it names."""
    with within("main."):
        check_names("main", main, ["evaluation", *manager.names("training")])
    for name in main:
        training = manager.load_training_config(name, family)
        _check_changes(f"main.{name}", main[name], training, "training")


def _check_changes(place: str, values: Any, usual: Config, kind: str) -> None:
    """Raise InputError unless values may replace fields of a configuration of a kind."""
    check_free(place, check_mapping(place, values), kind)
    with within(f"{place}."):
        usual.changed(values)
