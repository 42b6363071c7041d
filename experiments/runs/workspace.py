"""What the stages share: their arguments, and errors in one line."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from difsched.config import ConfigManager
from difsched.errors import InputError
from difsched.utils.files import read_json, refusing
from experiments.families.problems import Problems, problems_of
from experiments.paths import Layout
from experiments.profiles.profile import Profile
from experiments.provenance.fingerprint import Code, code_of
from experiments.runs.run import read_manifest


class Workspace(Layout):
    """A workspace folder and the specification in it.

    Parameters
    ----------
    folder : Path
        Holds ``spec.json``.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.spec: dict[str, Any] = read_json(self.spec_path)
        with refusing(self.spec_path, "a specification"):
            self.profile = Profile.from_dict(self.spec["profile"])
        self.manager = ConfigManager()

    def code(self, *modules: str) -> Code:
        """Return the code of a run: the modules that it begins with, and all that they import.

        In a workspace whose results are kept though other code made them, it accepts them.
        """
        return replace(code_of(*modules), kept=bool(self.spec.get("kept")))

    def problems(self, family: str) -> Problems:
        """Return the configurations of a family, and the data collected on them."""
        return problems_of(family, self, self.profile.part(family).datasets)

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
