"""Configurations by name or number."""

from pathlib import Path
from typing import Any

from difsched.config.base import Config, check_choice, read_yaml
from difsched.config.learning import (
    OfflineAgentConfig,
    OfflineTrainingConfig,
    OnlineTrainingConfig,
    SACConfig,
)
from difsched.config.schema import AgentConfig, DatasetConfig, EnvironmentConfig, ExperimentConfig
from difsched.errors import InputError

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
        if not self.config_dir.is_dir():
            raise InputError(f"config_dir = {str(config_dir)!r}: must be a folder that exists")

    def load_env_config(self, name: int | str = "default") -> EnvironmentConfig:
        """Return the environment ``"default"`` or 0..7.

        Raises
        ------
        InputError
            If there is no such configuration or its values are not allowed; so do the others.
        """
        return EnvironmentConfig.from_dict(self._entry("env", name))

    def load_agent_config(self, name: int | str = "default") -> AgentConfig:
        """Return the MDP sub-agent ``"default"``, 0 or 1."""
        return AgentConfig.from_dict(self._entry("agent", name))

    def load_dataset_config(self, name: int | str = "default") -> DatasetConfig:
        """Return the dataset ``"default"`` or 0..7."""
        return DatasetConfig.from_dict(self._entry("dataset", name))

    def load_experiment_config(self, name: int | str = "default") -> ExperimentConfig:
        """Return the experiment ``"default"`` or 0..7."""
        return ExperimentConfig.from_dict(self._entry("experiment", name))

    def load_model_config(self, name: str) -> Any:
        """Return the hyper-parameters of a model, such as ``"dql_default"`` or ``"sac"``."""
        values = dict(self._named("models", name))
        family = check_choice("family", values.pop("family", None), MODELS)
        return MODELS[family].from_dict(values)

    def load_training_config(self, name: str) -> Any:
        """Return the settings of a training, such as ``"offline"`` or ``"online"``."""
        values = self._named("training", name)
        return TRAININGS[check_choice("training", name, TRAININGS)].from_dict(values)

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
