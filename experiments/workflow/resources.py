"""What a job needs of a cluster: memory and minutes, from what such jobs took before.

Every job runs on one core. A scheduler ends a job that takes more than it asked for, so both
figures have a margin.
"""

import math
from collections.abc import Mapping

#: Peak memory of one job of the full profile, MiB, by the first word of its rule's name: the
#: largest that its runs recorded (``resources.json``), or that the process itself reported.
PEAK_MIB = {
    "traffic": 500,
    "agent": 500,
    "dataset": 250,
    "main": 1010,
    "sweep": 240,
    "study": 700,
    "transfer": 500,
    "multimodal": 480,
    "aggregate": 300,
}
#: The same of a job that draws a table or a figure.
RENDER_MIB = 300
#: What Snakemake takes beside it: on a cluster it runs twice in every job.
SNAKEMAKE_MIB = 300
MEMORY_MARGIN = 1.25
#: Nodes differ more in speed than in memory.
TIME_MARGIN = 4.0
#: The least that is asked for, and what a job gets whose time nobody knows.
MINUTES = 5


def seconds_of(rule: str, seconds: Mapping[str, float], family: str | None = None) -> float:
    """Return what a profile expects of a kind of job: of a family's own, or of all; else 1."""
    own = seconds.get(f"{rule}_{family}")
    return seconds.get(rule, 1.0) if own is None else own


def needs(rule: str, seconds: Mapping[str, float], family: str | None = None) -> dict[str, int]:
    """Return Snakemake's ``mem_mb`` and ``runtime`` (minutes) of a rule.

    Parameters
    ----------
    rule : str
        A key of the profile's ``expected_seconds``, such as ``main_dql_set`` or ``table2``.
    seconds : mapping
        The profile's ``expected_seconds``: of one job, on one core.
    family : str, optional
        Problem family of the job.
    """
    peak = PEAK_MIB.get(rule.partition("_")[0], RENDER_MIB)
    return {
        "mem_mb": math.ceil(MEMORY_MARGIN * (peak + SNAKEMAKE_MIB)),
        "runtime": max(MINUTES, math.ceil(TIME_MARGIN * seconds_of(rule, seconds, family) / 60)),
    }
