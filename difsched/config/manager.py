"""Configurations by name or number."""

import os
from pathlib import Path
from typing import Any, TypeVar

from difsched.config.base import Config, check_choice, read_yaml
from difsched.config.learning import (
    OfflineAgentConfig,
    OfflineTrainingConfig,
    OnlineTrainingConfig,
    SACConfig,
)
from difsched.config.schema import AgentConfig, DatasetConfig, EnvironmentConfig, ExperimentConfig
from difsched.errors import InputError

Built = TypeVar("Built", bound=Config)

PACKAGED = Path(__file__).parent
MODELS: dict[str, type[Config]] = {"offline": OfflineAgentConfig, "sac": SACConfig}
TRAININGS: dict[str, type[Config]] = {
    "offline": OfflineTrainingConfig,
    "online": OnlineTrainingConfig,
    "sac_offline": OfflineTrainingConfig,
    "dql": OfflineTrainingConfig,
}


class ConfigManager:
    """Reads the YAML of one folder: ``env/ agent/ dataset/ experiment/ models/ training/``.

    In the first four, ``default.yaml`` holds every field and ``matrix.yaml`` says for each number
    what differs from it.

    Parameters
    ----------
    config_dir : str or Path, optional
        The folder; the packaged one when left out.
    """

    def __init__(self, config_dir: str | Path | None = None) -> None:
        self.config_dir = PACKAGED if config_dir is None else Path(config_dir)
        if not os.path.isdir(self.config_dir):
            raise InputError(f"config_dir = {str(config_dir)!r}: must be a folder that exists")

    def load_env_config(self, name: int | str = "default") -> EnvironmentConfig:
        """Return the environment ``"default"`` or 0..7.

        Raises
        ------
        InputError
            If there is no such configuration or its values are not allowed; so do the others.
        """
        return self._build(EnvironmentConfig, f"env/{name}", self._entry("env", name))

    def load_agent_config(self, name: int | str = "default") -> AgentConfig:
        """Return the MDP sub-agent ``"default"``, 0 or 1."""
        return self._build(AgentConfig, f"agent/{name}", self._entry("agent", name))

    def load_dataset_config(self, name: int | str = "default") -> DatasetConfig:
        """Return the dataset ``"default"`` or 0..7."""
        return self._build(DatasetConfig, f"dataset/{name}", self._entry("dataset", name))

    def load_experiment_config(self, name: int | str = "default") -> ExperimentConfig:
        """Return the experiment ``"default"`` or 0..7."""
        return self._build(ExperimentConfig, f"experiment/{name}", self._entry("experiment", name))

    def load_model_config(self, name: str) -> Any:
        """Return the hyper-parameters of a model, such as ``"dql_default"`` or ``"sac"``."""
        values = dict(self._named("models", name))
        family = check_choice("family", values.pop("family", None), MODELS)
        return self._build(MODELS[family], f"models/{name}.yaml", values)

    def load_training_config(self, name: str) -> Any:
        """Return the settings of a training, such as ``"offline"`` or ``"online"``."""
        kind = TRAININGS[check_choice("training", name, TRAININGS)]
        return self._build(kind, f"training/{name}.yaml", self._named("training", name))

    def indices(self, room: str) -> list[int]:
        """Return the numbers that a room's matrix defines, in order."""
        return sorted(self._matrix(room))

    def _matrix(self, room: str) -> dict[int, dict[str, Any]]:
        path = self.config_dir / room / "matrix.yaml"
        matrix = read_yaml(path)
        if not isinstance(matrix, dict) or not all(
            isinstance(index, int) and isinstance(entry, dict) for index, entry in matrix.items()
        ):
            raise InputError(f"{path}: must map numbers to fields")
        return matrix

    def _build(self, kind: type[Built], place: str, values: dict[str, Any]) -> Built:
        """Return the values as a record; a line about them names the place."""
        try:
            return kind.from_dict(values)
        except InputError as error:
            raise InputError(f"{self.config_dir / place}: {error}") from None

    def _entry(self, room: str, name: int | str) -> dict[str, Any]:
        defaults: dict[str, Any] = self._named(room, "default")
        if name == "default":
            return defaults
        matrix = self._matrix(room)
        index = int(name) if isinstance(name, str) and name.isdecimal() else name
        if isinstance(index, bool) or not isinstance(index, int) or index not in matrix:
            allowed = ", ".join(map(str, ["default", *sorted(matrix)]))
            raise InputError(
                f"{room} configuration {name!r} does not exist: must be one of {allowed}"
            )
        return defaults | matrix[index]

    def _named(self, room: str, name: str) -> dict[str, Any]:
        folder = self.config_dir / room
        names = sorted(path.stem for path in folder.glob("*.yaml") if path.stem != "matrix")
        if name not in names:
            raise InputError(
                f"{room} configuration {name!r} does not exist: must be one of {', '.join(names)}"
            )
        values = read_yaml(folder / f"{name}.yaml")
        if not isinstance(values, dict):
            raise InputError(f"{folder / name}.yaml: must be a mapping of fields")
        return values
