"""What every render script is told."""

import argparse
from pathlib import Path


def arguments() -> argparse.Namespace:
    """Parse what every render script takes: ``--aggregates`` and ``--workspace``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--aggregates", type=Path, required=True, help="folder of the CSV files")
    parser.add_argument("--workspace", type=Path, required=True, help="folder of the raw results")
    return parser.parse_args()
