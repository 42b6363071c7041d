"""What the stages share: their arguments, and errors in one line."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.traffic.generator import Traffic
from difsched.errors import InputError
from difsched.utils.files import read_json, refusing
from experiments.provenance.fingerprint import Code, code_of
from experiments.runs.run import read_manifest


class Workspace:
    """A workspace folder and the specification in it: the paths of what stages exchange.

    Parameters
    ----------
    folder : Path
        Holds ``spec.json``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spec: dict[str, Any] = read_json(folder / "spec.json")
        with refusing(folder / "spec.json", "a specification"):
            self.profile: dict[str, Any] = self.spec["profile"]
        self.manager = ConfigManager()

    def code(self, *modules: str) -> Code:
        """Return the code of a run: the modules that it begins with, and all that they import.

        In a workspace whose results are kept though other code made them, it accepts them.
        """
        return replace(code_of(*modules), kept=bool(self.spec.get("kept")))

    def traffic_path(self, dataflow: str) -> Path:
        """Return the file of a dataflow's traffic."""
        return self.folder / "traffic" / f"{dataflow}.npz"

    def traffic(self, dataflow: str) -> Traffic:
        """Return a dataflow's traffic."""
        return Traffic.load(self.traffic_path(dataflow))

    def agent_path(self, index: int) -> Path:
        """Return the file of an MDP sub-agent."""
        return self.folder / "agents" / f"mdp_config{index}.npz"

    def agent_paths(self, config: EnvironmentConfig) -> dict[int, Path]:
        """Return the files of a slice's sub-agents by number."""
        return {index: self.agent_path(index) for index in sorted(set(config.sub_agents_idx))}

    def dataset_path(self, index: int) -> Path:
        """Return the file of an offline dataset; its card has the suffix ``.json``."""
        return self.folder / "datasets" / f"subOptimalAgent_encConfig{index}.npz"

    def manifest_path(self, group: str, config: int) -> Path:
        """Return the manifest of a group of methods on a configuration."""
        return self.folder / "manifests" / f"main-{group}-c{config}.json"

    def study_path(self, study: str, variant: str) -> Path:
        """Return the manifest of a study's variant."""
        return self.folder / "manifests" / f"study-{study}-{variant}.json"

    def sweep_path(self, sweep: str) -> Path:
        """Return the manifest of a sweep."""
        return self.folder / "manifests" / f"sweep-{sweep}.json"

    def transfer_path(self, tested: int) -> Path:
        """Return the manifest of what was learned elsewhere and tested on a configuration."""
        return self.folder / "manifests" / f"transfer-c{tested}.json"

    def runs(self, manifest: Path) -> list[Path]:
        """Return the run folders that a manifest names, in order.

        Raises
        ------
        InputError
            If the manifest or a run of it is missing or damaged.
        """
        return read_manifest(manifest)


def main(stage: Callable[[Workspace, argparse.Namespace], None], **arguments: type) -> None:
    """Parse ``--workspace`` and the given options, all required, and run a stage.

    Bad input ends in one line on standard error and status 2.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace", type=Path, required=True)
    for name, kind in arguments.items():
        parser.add_argument(f"--{name}", type=kind, required=True)
    values = parser.parse_args()
    try:
        stage(Workspace(values.workspace), values)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
