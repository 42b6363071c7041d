"""Names of runs, and of the jobs that make them: how they are put together and taken apart.

A run's name is that of its folder, such as ``main-dql_set-slice3-s1``: experiment, what ran, on
which configurations of a problem family, with which seed. A job's name, such as
``main-reference-slice3``, is that of its log, of its record and of the manifest of its runs. In the
Snakefile parts are wildcards in braces.
"""

import re

#: On what a run is, and its seed: the end of its name. A family has two letters at least.
_END = re.compile(r"(?:-(?P<family>[a-z]{2,})\d+)*(?:-s\d+)?$")


def place(family: str, config: int | str) -> str:
    """Return a family's configuration as names of runs have it: ``slice3``."""
    return f"{family}{config}"


def family_and_number(place: str) -> tuple[str, str]:
    """Return family and number of ``alloc3``; a number alone is of the slice."""
    number = place.lstrip("abcdefghijklmnopqrstuvwxyz")
    return place.removesuffix(number) or "slice", number


def main_run(method: str, family: str, config: int | str, seed: int | str) -> str:
    """Return the run of a method of the main matrix."""
    return f"main-{method}-{place(family, config)}-s{seed}"


def study_run(study: str, variant: str, method: str, family: str, config: int, seed: int) -> str:
    """Return the run of a method in a variant of a study."""
    return f"{study}-{variant}-{method}-{place(family, config)}-s{seed}"


def sweep_run(sweep: str, family: str, config: int) -> str:
    """Return the run of a sweep on a configuration."""
    return f"{sweep}-{place(family, config)}"


def transfer_run(family: str, trained: int, tested: int) -> str:
    """Return the run of what was learned on one configuration and is tested on another."""
    return f"transfer-{place(family, trained)}-{place(family, tested)}"


def multimodal_run(study: str, seed: int) -> str:
    """Return the run of a study of data with several modes."""
    return f"multimodal-{study}-s{seed}"


def dataset_run(family: str, config: int | str) -> str:
    """Return the run that collects a dataset; its job has the same name."""
    return f"dataset-{place(family, config)}"


def main_job(group: str, family: str, config: int | str) -> str:
    """Return the job of a group of methods on a configuration."""
    return f"main-{group}-{place(family, config)}"


def study_job(study: str, variant: str) -> str:
    """Return the job of a study's variant on all its configurations."""
    return f"study-{study}-{variant}"


def sweep_job(sweep: str) -> str:
    """Return the job of a sweep."""
    return f"sweep-{sweep}"


def transfer_job(family: str, tested: int | str) -> str:
    """Return the job that tests on a configuration what was learned elsewhere."""
    return f"transfer-{place(family, tested)}"


def experiment_of(run: str) -> str:
    """Return the experiment of a run: ``main``, ``dataset``, the name of a sweep or a study, ..."""
    return run.partition("-")[0]


def family_of(run: str) -> str | None:
    """Return the problem family of a run or a job; None where its name has no configuration."""
    found = _END.search(run)
    return found["family"] if found else None


def subject_of(run: str) -> str:
    """Return what ran, without configurations and seed: ``dql_set``, ``ablation-base-dql_set``."""
    return _END.sub("", run).removeprefix("main-")
