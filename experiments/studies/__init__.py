"""Studies: a YAML file of variants each, in a folder of its family where that is not the slice."""

from pathlib import Path

FOLDER = Path(__file__).parent
#: Names of the slice's studies; the standard library alone, for what is asked before there is a
#: venv.
STUDIES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
#: Name of a study of a further family -> the family, whose name stands before that of the file.
FAMILY_STUDIES = {
    f"{path.parent.name}_{path.stem}": path.parent.name for path in sorted(FOLDER.glob("*/*.yaml"))
}


def family_of_study(study: str) -> str:
    """Return the problem family of a study."""
    return FAMILY_STUDIES.get(study, "slice")


def own_name(study: str) -> str:
    """Return the name of a study within its family: that of its file."""
    return study.removeprefix(f"{family_of_study(study)}_")
