"""Configurations by name or number."""

import os
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from difsched.config.base import (
    Built,
    Config,
    check_choice,
    check_mapping,
    check_names,
    read_fields,
    read_yaml,
)
from difsched.config.learning import OfflineTrainingConfig, OnlineTrainingConfig
from difsched.config.schema import AgentConfig, DatasetConfig, EnvironmentConfig, ExperimentConfig
from difsched.errors import InputError, choices, within

PACKAGED = Path(__file__).parent
#: What a training's YAML says of its ``kind``.
TRAININGS: dict[str, type[Config]] = {
    kind.mark["kind"]: kind for kind in (OfflineTrainingConfig, OnlineTrainingConfig)
}
#: Holds the numbered configurations of a room: for each, what differs from ``default.yaml``.
MATRIX = "matrix"


@cache
def algorithms() -> dict[str, type[Config]]:
    """Return algorithm -> its hyper-parameters, of each module in `difsched.config.models`.

    They are found while this runs: only the algorithm itself names its own.
    """
    names = sorted(
        module.name for module in iter_modules([str(Path(__file__).with_name("models"))])
    )
    return {name: import_module(f"difsched.config.models.{name}").CONFIG for name in names}


class ConfigManager:
    """Reads YAML by room (``env/ agent/ dataset/ experiment/ models/ training/``) and name.

    A name is that of a file: ``env/mine.yaml`` is the environment ``"mine"``, and what it leaves
    out takes the documented default. In the first four rooms, ``matrix.yaml`` says for each number
    what differs from the ``default.yaml`` beside it.

    Parameters
    ----------
    config_dir : str or Path, optional
        A folder that is looked at first, the packaged one after it: it may hold a single file.
        The packaged one alone when left out.
    """

    def __init__(self, config_dir: str | Path | None = None) -> None:
        self.config_dir = PACKAGED if config_dir is None else Path(config_dir)
        if not os.path.isdir(self.config_dir):
            raise InputError(
                f"config_dir = {str(config_dir)!r}: must be a folder that exists; left out, the "
                "packaged configurations are read"
            )

    def load_env_config(self, name: int | str = "default") -> EnvironmentConfig:
        """Return the environment ``"default"``, 0..7, or of a file.

        Raises
        ------
        InputError
            If there is no such configuration or its values are not allowed; so do the others.
        """
        return self._load(EnvironmentConfig, "env", name)

    def load_agent_config(self, name: int | str = "default") -> AgentConfig:
        """Return the MDP sub-agent ``"default"``, 0, 1, or of a file."""
        return self._load(AgentConfig, "agent", name)

    def load_dataset_config(self, name: int | str = "default") -> DatasetConfig:
        """Return the dataset ``"default"``, 0..7, or of a file."""
        return self._load(DatasetConfig, "dataset", name)

    def load_experiment_config(self, name: int | str = "default") -> ExperimentConfig:
        """Return the experiment ``"default"``, 0..7, or of a file."""
        return self._load(ExperimentConfig, "experiment", name)

    def load_model_config(self, name: str, family: str | None = None) -> Any:
        """Return the hyper-parameters of a model, such as ``"dql_default"`` or ``"sac"``.

        Of a problem family, the slice when left out, with those that it has of its own:
        ``models/<family>/<name>.yaml`` holds what differs.
        """
        return self._load_kind("models", name, "algorithm", algorithms(), family)

    def load_training_config(
        self, name: str, family: str | None = None, method: str | None = None
    ) -> Any:
        """Return the settings of a training, such as ``"offline"`` or ``"online"``.

        Of a problem family with those that it has of its own; see `load_model_config`. What is
        other for one method stands there under ``methods``.
        """
        return self._load_kind("training", name, "kind", TRAININGS, family, method)

    def indices(self, room: str) -> list[int]:
        """Return the numbers that a room's matrices define, in order."""
        return sorted({index for folder in self._folders(room) for index in _matrix(folder)})

    def names(self, room: str) -> list[str]:
        """Return the names of a room's files, in order."""
        found = {path.stem for folder in self._folders(room) for path in folder.glob("*.yaml")}
        return sorted(found - {MATRIX})

    def _folders(self, room: str) -> list[Path]:
        """Return a room's folders in the order in which they are looked at."""
        both = dict.fromkeys([self.config_dir / room, PACKAGED / room])
        return [folder for folder in both if folder.is_dir()]

    def _load(self, kind: type[Built], room: str, name: int | str) -> Built:
        """Return a configuration by number or name."""
        index = int(name) if isinstance(name, str) and name.isdecimal() else name
        if isinstance(index, int) and not isinstance(index, bool):
            for folder in self._folders(room):
                if index in (matrix := _matrix(folder)):
                    default = kind.from_yaml(_default(folder))
                    with within(f"{folder / MATRIX}.yaml: {index}: "):
                        return default.changed(matrix[index])
        path = self._path(room, name, self.indices(room))
        return kind.from_yaml(path)

    def _load_kind(
        self,
        room: str,
        name: str,
        field: str,
        kinds: dict[str, type[Built]],
        family: str | None,
        method: str | None = None,
    ) -> Built:
        """Return a configuration by name, whose file says by ``field`` of which kind it is."""
        path = self._path(room, name, [])
        values = read_fields(path)
        known = {part.name for kind in kinds.values() for part in fields(kind)}
        with within(f"{path}: "):
            check_names(f"{room} configurations", values, sorted({field, *known}), [field])
            kind = kinds[check_choice(field, values.pop(field), kinds)]
            shared = kind.from_dict(values)
        folders = self._folders(room)
        # What a folder of one's own says is not changed by the packaged one after it.
        for folder in folders[: folders.index(path.parent) + 1]:
            own = folder / (family or EnvironmentConfig.family) / f"{name}.yaml"
            if own.is_file():
                changes = read_fields(own)
                with within(f"{own}: "):
                    each = changes.pop("methods", {}) if room == "training" else {}
                    return _for_method(shared.changed(changes), each, method)
        return shared

    def _path(self, room: str, name: Any, indices: list[int]) -> Path:
        """Return the first file of a name."""
        names = self.names(room)
        if name not in names:
            numbered = map(str, indices)
            allowed = dict.fromkeys([*(["default"] if indices else []), *numbered, *names])
            searched = dict.fromkeys([self.config_dir / room, PACKAGED / room])
            raise InputError(
                f"{room} configuration {name!r} does not exist: {choices(name, allowed)}; "
                f"looked in {' and '.join(map(str, searched))}"
            )
        paths = (folder / f"{name}.yaml" for folder in self._folders(room))
        return next(path for path in paths if path.is_file())


def _default(folder: Path) -> Path:
    """Return the file from which the matrix of a folder differs."""
    path = folder / "default.yaml"
    return path if path.is_file() else PACKAGED / folder.name / path.name


def _for_method(usual: Built, changes: Any, method: str | None) -> Built:
    """Return a training as it is for a method, having checked what is other for each."""
    with within("methods."):
        found = {
            name: usual.changed(check_mapping(name, own))
            for name, own in check_mapping("methods", changes).items()
        }
    return found.get(method or "", usual)


def _matrix(folder: Path) -> dict[int, dict[str, Any]]:
    """Return number -> fields of a folder's matrix, if it has one."""
    path = folder / f"{MATRIX}.yaml"
    if not path.is_file():
        return {}
    matrix = read_yaml(path)
    if not isinstance(matrix, dict):
        raise InputError(f"{path}: must map numbers to fields")
    for index, entry in matrix.items():
        if not isinstance(index, int) or not isinstance(entry, dict):
            raise InputError(f"{path}: {index}: {entry!r}: must map numbers to fields")
    return matrix
