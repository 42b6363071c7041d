"""T9: mobility load balancing, methods x configurations."""

from paper.shared.family_tables import write

FAMILY = "mlb"


def main() -> None:
    """Write ``paper/tables/table9.tex``."""
    write("table9", "Mobility load balancing", FAMILY, (1, 2, 3), gains=True)


if __name__ == "__main__":
    main()
