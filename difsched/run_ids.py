"""Names of runs, and of the jobs that make them: how they are put together and taken apart.

A run's name is that of its folder, such as ``main-dql_set-c3-s1``: experiment, what ran, on which
configurations, with which seed. A job's name, such as ``main-reference-c3``, is that of its log, of
its record and of the manifest of its runs. In the Snakefile parts are wildcards in braces.
"""

import re

#: On what a run is, and its seed: the end of its name.
_END = re.compile(r"(?P<places>(?:-c\d+)*)(?:-s(?P<seed>\d+))?$")


def place(config: int | str) -> str:
    """Return a configuration as names of runs have it: ``c3``."""
    return f"c{config}"


def main_run(method: str, config: int | str, seed: int | str) -> str:
    """Return the run of a method of the main matrix."""
    return f"main-{method}-{place(config)}-s{seed}"


def study_run(study: str, variant: str, method: str, config: int, seed: int) -> str:
    """Return the run of a method in a variant of a study."""
    return f"{study}-{variant}-{method}-{place(config)}-s{seed}"


def sweep_run(sweep: str, config: int) -> str:
    """Return the run of a sweep on a configuration."""
    return f"{sweep}-{place(config)}"


def transfer_run(trained: int, tested: int) -> str:
    """Return the run of what was learned on one configuration and is tested on another."""
    return f"transfer-{place(trained)}-{place(tested)}"


def multimodal_run(study: str, seed: int) -> str:
    """Return the run of a study of data with several modes."""
    return f"multimodal-{study}-s{seed}"


def dataset_run(config: int | str) -> str:
    """Return the run that collects a dataset; its job has the same name."""
    return f"dataset-{place(config)}"


def main_job(group: str, config: int | str) -> str:
    """Return the job of a group of methods on a configuration."""
    return f"main-{group}-{place(config)}"


def study_job(study: str, variant: str) -> str:
    """Return the job of a study's variant on all its configurations."""
    return f"study-{study}-{variant}"


def sweep_job(sweep: str) -> str:
    """Return the job of a sweep."""
    return f"sweep-{sweep}"


def transfer_job(tested: int | str) -> str:
    """Return the job that tests on a configuration what was learned elsewhere."""
    return f"transfer-{place(tested)}"


def experiment_of(run: str) -> str:
    """Return the experiment of a run: ``main``, ``dataset``, the name of a sweep or a study, ..."""
    return run.partition("-")[0]


def subject_of(run: str) -> str:
    """Return what ran, without configurations and seed: ``dql_set``, ``ablation-base-dql_set``."""
    return _END.sub("", run).removeprefix("main-")
