"""T8: edge computing, methods x configurations."""

from difsched.env.mec.config import CONFIGURATIONS
from paper.shared.family_tables import write

FAMILY = "mec"


def main() -> None:
    """Write ``paper/tables/table8.tex``."""
    write("table8", "Edge computing", FAMILY, CONFIGURATIONS.numbers())


if __name__ == "__main__":
    main()
