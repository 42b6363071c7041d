"""T9: mobility load balancing: methods x configurations, and what its studies say."""

from difsched.env.mlb.config import CONFIGURATIONS
from experiments.rendering.tex import Table
from paper.shared.family_tables import write
from paper.shared.study_table import study_table

FAMILY = "mlb"
#: Study -> what it shows, and the variant that the others of its group are compared with.
STUDIES = {
    "mlb_augmentation": (
        r"Mobility load balancing: Det-Set with windows that nobody logged beside those of the "
        r"dataset, by what its critic is told. Each seed has training files of its own, the same "
        r"for all variants.",
        "none",
    ),
    "mlb_shares": (
        r"Mobility load balancing: by the share of the target class among the training files, and "
        r"by interaction with files that are those of the tests, or not.",
        None,
    ),
    "mlb_parameters": (
        r"Mobility load balancing: one thing changed at a time. Scores of another scene are on its "
        r"own scale.",
        None,
    ),
}


def studies() -> list[Table]:
    """Return the tables of the studies that were run."""
    return [
        table
        for name, (caption, base) in STUDIES.items()
        for table in study_table(
            f"table9-{name.removeprefix('mlb_')}",
            name,
            caption,
            CONFIGURATIONS.name_of,
            base,
        )
    ]


def main() -> None:
    """Write ``paper/tables/table9.tex``."""
    write("table9", "Mobility load balancing", FAMILY, (1, 2, 3), gains=True, more=studies())


if __name__ == "__main__":
    main()
