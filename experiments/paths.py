"""Where the folders of the repository are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "artifacts" / "work"
AGGREGATES = ROOT / "artifacts" / "aggregates"


def shown(path: Path) -> str:
    """Return a path relative to the repository's root, if it is in there."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
