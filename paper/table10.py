"""T10: multi-resource allocation, methods x configurations."""

from paper.shared.family_tables import write

FAMILY = "alloc"


def main() -> None:
    """Write ``paper/tables/table10.tex``."""
    write("table10", "Multi-resource allocation", FAMILY, (2, 6, 10))


if __name__ == "__main__":
    main()
