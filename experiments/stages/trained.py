"""What the main runs have learned: their weights, for stages that test them elsewhere."""

from collections.abc import Collection
from pathlib import Path

from difsched.agents import OfflinePolicy, load_agent
from difsched.baselines.offline import LEARNERS
from difsched.config import EnvironmentConfig
from difsched.training.offline import decision_seed
from difsched.utils.files import read_json
from experiments.runs.workspace import Workspace


def learned(workspace: Workspace, index: int, methods: Collection[str] = LEARNERS) -> list[Path]:
    """Return the folders of the main runs of methods on a slice, each with an agent's weights.

    Of those with seeds that all methods have: what is tested elsewhere is compared there.
    """
    profile, family = workspace.profile, EnvironmentConfig.family
    folders = [
        folder
        for group in profile.groups_on(index)
        if not set(methods).isdisjoint(profile.names(group, index))
        for folder in workspace.runs(workspace.manifest_path(group, family, index))
    ]
    usual = None if profile.methods is None else profile.methods.seeds
    return [
        folder
        for folder in folders
        if method_of(folder) in methods and (usual is None or seed_of(folder) in usual)
    ]


def method_of(folder: Path) -> str:
    """Return the method of a main run."""
    method: str = read_json(folder / "config.json")["method"]
    return method


def seed_of(folder: Path) -> int:
    """Return the seed of a main run."""
    seed: int = read_json(folder / "config.json")["seed"]
    return seed


def weights_of(folder: Path) -> Path:
    """Return the file of a main run's weights."""
    return folder / "weights.safetensors"


def policy_of(folder: Path, trained: EnvironmentConfig, served: EnvironmentConfig) -> OfflinePolicy:
    """Return the policy of a main run, as it decides for another number of users or budget.

    Parameters
    ----------
    folder : Path
        Of the run.
    trained, served : EnvironmentConfig
        The slice on which it was trained, whose random stream its decisions draw from, and the one
        for which it decides.
    """
    agent = load_agent(weights_of(folder), served)
    return OfflinePolicy(agent, decision_seed(trained, seed_of(folder)))
