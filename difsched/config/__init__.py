"""Configurations: validated records, read from YAML by name or number."""

from difsched.config.learning import (
    OfflineTrainingConfig,
    OnlineTrainingConfig,
)
from difsched.config.manager import ConfigManager
from difsched.config.schema import AgentConfig, DatasetConfig, EnvironmentConfig, ExperimentConfig

__all__ = [
    "AgentConfig",
    "ConfigManager",
    "DatasetConfig",
    "EnvironmentConfig",
    "ExperimentConfig",
    "OfflineTrainingConfig",
    "OnlineTrainingConfig",
]
