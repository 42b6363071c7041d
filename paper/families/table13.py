"""T13: sequential slices, methods x configurations: packets wait, and channels are hidden."""

from paper.shared.family_tables import write

FAMILY = "sequential"
#: Without and with hidden channels.
SHOWN = (0, 2)


def main() -> None:
    """Write ``paper/tables/table13.tex``."""
    write("table13", "Sequential slices", FAMILY, SHOWN)


if __name__ == "__main__":
    main()
