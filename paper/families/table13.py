"""T13: sequential slices, methods x configurations: packets wait, and channels are hidden."""

from difsched.env.sequential.config import CONFIGURATIONS
from paper.shared.family_tables import write
from paper.shared.study_table import study_table

FAMILY = "sequential"
#: Without and with hidden channels.
SHOWN = (0, 2)
FRESH = (
    r"Sequential slices: how much of a score is the log's. All seeds learn from one log, or each "
    r"from a log of its own, of the same size and make, drawn anew from the same trace."
)


def main() -> None:
    """Write ``paper/tables/table13.tex``."""
    fresh = study_table("table13-fresh", "sequential_fresh", FRESH, CONFIGURATIONS.name_of)
    write("table13", "Sequential slices", FAMILY, SHOWN, more=fresh)


if __name__ == "__main__":
    main()
