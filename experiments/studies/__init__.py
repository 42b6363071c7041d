"""Studies: a YAML file of variants each."""

from pathlib import Path

FOLDER = Path(__file__).parent
#: Names of the studies; the standard library alone, for what is asked before there is a venv.
STUDIES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
