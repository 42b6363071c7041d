"""Configurations: validated records, read from YAML by name or number."""

from difsched.config.learning import (
    DQLConfig,
    OfflineTrainingConfig,
    OnlineTrainingConfig,
    SACConfig,
)
from difsched.config.manager import ConfigManager
from difsched.config.schema import AgentConfig, DatasetConfig, EnvironmentConfig, ExperimentConfig

__all__ = [
    "AgentConfig",
    "ConfigManager",
    "DQLConfig",
    "DatasetConfig",
    "EnvironmentConfig",
    "ExperimentConfig",
    "OfflineTrainingConfig",
    "OnlineTrainingConfig",
    "SACConfig",
]
