"""What the main runs have learned: their weights, for stages that test them elsewhere."""

from collections.abc import Collection, Iterable
from pathlib import Path

from difsched.agents import OfflinePolicy, load_agent
from difsched.baselines.offline import LEARNERS
from difsched.config import EnvironmentConfig
from difsched.errors import InputError
from difsched.run_ids import main_run
from difsched.training.offline import decision_seed
from difsched.utils.files import read_json, sha256
from experiments.profiles.profile import Profile
from experiments.runs.run import WEIGHTS, asked_digest, is_complete
from experiments.runs.workspace import Workspace


def trainings(
    profile: Profile, index: int, methods: Collection[str] = LEARNERS
) -> list[tuple[str, int]]:
    """Return method and seed of each main run of a slice whose weights are tested elsewhere.

    Seeds are those that all methods have: what is tested elsewhere is compared there.
    """
    usual = None if profile.methods is None else profile.methods.seeds
    return [
        (method, seed)
        for group in profile.groups_on(index)
        for method in profile.names(group, index)
        for seed in profile.seeds[group]
        if method in methods and (usual is None or seed in usual)
    ]


def learned(workspace: Workspace, index: int, methods: Collection[str] = LEARNERS) -> list[Path]:
    """Return the folders of the main runs of methods on a slice, each with an agent's weights.

    Raises
    ------
    InputError
        If one of them is missing or damaged.
    """
    family = EnvironmentConfig.family
    folders = [
        workspace.run_path(main_run(method, family, index, seed))
        for method, seed in trainings(workspace.profile, index, methods)
    ]
    for folder in folders:
        if not is_complete(folder):
            raise InputError(f"{folder}: is missing or damaged; ./run_all.sh makes it")
    return folders


def tested_weights(folders: Iterable[Path]) -> dict[str, dict[str, str]]:
    """Return what a run that tests weights records of them, by the run whose they are.

    ``inputs`` are their checksums, and ``trainings`` digests of what was trained: two machines'
    weights of one training differ in their last bits.
    """
    paths = list(folders)
    return {
        "inputs": {path.name: sha256(weights_of(path)) for path in paths},
        "trainings": {path.name: asked_digest(read_json(path / "config.json")) for path in paths},
    }


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
    return folder / WEIGHTS


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
