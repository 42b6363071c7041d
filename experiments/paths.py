"""Where the folders of the repository are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "artifacts" / "work"
AGGREGATES = ROOT / "artifacts" / "aggregates"
