"""Where the folders of the repository are. Standard library only."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "artifacts" / "work"
AGGREGATES = ROOT / "artifacts" / "aggregates"
PAPER = ROOT / "paper"
PROFILES = ROOT / "experiments" / "profiles"
DEFAULT_PROFILE = "full"


def shown(path: Path) -> str:
    """Return a path relative to the repository's root, if it is in there."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
