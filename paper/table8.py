"""T8: edge computing, methods x configurations."""

from paper.shared.family_tables import write

FAMILY = "mec"


def main() -> None:
    """Write ``paper/tables/table8.tex``."""
    write("table8", "Edge computing", FAMILY, (3, 9, 14))


if __name__ == "__main__":
    main()
