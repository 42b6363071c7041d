"""Where the folders of the repository are, and every file of a workspace.

Standard library only.
"""

from dataclasses import dataclass
from pathlib import Path

from difsched import run_ids

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "artifacts" / "work"
AGGREGATES = ROOT / "artifacts" / "aggregates"
REFERENCE = ROOT / "artifacts" / "reference"
#: The logs behind the reference, as they are committed, and as they are read.
PACKS, LOGS = REFERENCE / "packs", REFERENCE / "logs"
PAPER = ROOT / "paper"
PROFILES = ROOT / "experiments" / "profiles"
DEFAULT_PROFILE = "full"
#: The workspace of the whole study on its own traffic, of which the reference is made.
FULL = WORK / "full-builtin"
#: Family -> how its datasets' files begin, where that is not its name.
DATASET_STEMS = {"slice": "subOptimalAgent_encConfig"}


def shown(path: Path) -> str:
    """Return a path relative to the repository's root, if it is in there."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


@dataclass(frozen=True)
class Layout:
    """Where each file of a workspace is.

    Numbers and names may be a workflow's wildcards in braces.

    Attributes
    ----------
    folder : Path
        The workspace.
    """

    folder: Path

    @property
    def spec_path(self) -> Path:
        """The specification: profile and traffic."""
        return self.folder / "spec.json"

    def traffic_path(self, dataflow: str) -> Path:
        """Return the file of a dataflow's traffic."""
        return self.folder / "traffic" / f"{dataflow}.npz"

    def agent_path(self, index: int | str) -> Path:
        """Return the file of an MDP sub-agent."""
        return self.folder / "agents" / f"mdp_config{index}.npz"

    @property
    def datasets_folder(self) -> Path:
        """The folder of the offline datasets and their cards."""
        return self.folder / "datasets"

    def dataset_path(self, family: str, index: int | str) -> Path:
        """Return the file of a family's offline dataset."""
        return self.datasets_folder / f"{DATASET_STEMS.get(family, family)}{index}.npz"

    def card_path(self, family: str, index: int | str) -> Path:
        """Return the file that says what an offline dataset is."""
        return self.dataset_path(family, index).with_suffix(".json")

    @property
    def runs_folder(self) -> Path:
        """The folder of all runs."""
        return self.folder / "runs"

    def run_path(self, run: str) -> Path:
        """Return the folder of a run."""
        return self.runs_folder / run

    def job_manifest(self, job: str) -> Path:
        """Return the manifest of a job's runs."""
        return self.folder / "manifests" / f"{job}.json"

    def manifests(self) -> list[Path]:
        """Return the manifests that are there, in the order of their names."""
        return sorted(self.job_manifest("any").parent.glob("*.json"))

    def manifest_path(self, group: str, family: str, config: int | str) -> Path:
        """Return the manifest of a group of methods on a configuration."""
        return self.job_manifest(run_ids.main_job(group, family, config))

    def study_path(self, study: str, variant: str) -> Path:
        """Return the manifest of a study's variant."""
        return self.job_manifest(run_ids.study_job(study, variant))

    def sweep_path(self, sweep: str) -> Path:
        """Return the manifest of a sweep."""
        return self.job_manifest(run_ids.sweep_job(sweep))

    def transfer_path(self, family: str, tested: int | str) -> Path:
        """Return the manifest of what was learned elsewhere and tested on a configuration."""
        return self.job_manifest(run_ids.transfer_job(family, tested))

    @property
    def multimodal_path(self) -> Path:
        """The manifest of the studies of data with several modes."""
        return self.job_manifest("multimodal")

    def record_path(self, job: str) -> Path:
        """Return the record of what a job made."""
        return self.folder / "records" / f"{job}.json"

    def log_path(self, job: str) -> Path:
        """Return what a job printed."""
        return self.folder / "logs" / f"{job}.log"

    def stores(self) -> list[Path]:
        """Return the folders into which jobs write single files, which a kill leaves unfinished."""
        files = (self.traffic_path(""), self.agent_path(0))
        others = (self.job_manifest(""), self.record_path(""))
        return [*(path.parent for path in (*files, *others)), self.datasets_folder]


def layout_of(manifest: Path) -> Layout:
    """Return the layout of the workspace in which a manifest is."""
    return Layout(manifest.parents[1])
