"""T14: slices with a promised floor, methods x configurations; who keeps it, and what it costs."""

from paper.shared.family_tables import write

FAMILY = "promised"
#: One channel class, and five.
SHOWN = (16, 18)


def main() -> None:
    """Write ``paper/tables/table14.tex``."""
    write("table14", "Slices with a promised floor", FAMILY, SHOWN)


if __name__ == "__main__":
    main()
