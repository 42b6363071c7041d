"""Names of runs and jobs: put together and taken apart."""

import pytest

from difsched import run_ids


def test_a_run_says_its_family_configuration_and_seed() -> None:
    assert run_ids.main_run("dql_set", "slice", 3, 1) == "main-dql_set-slice3-s1"
    assert run_ids.transfer_run("slice", 0, 2) == "transfer-slice0-slice2"
    assert run_ids.main_job("reference", "slice", "{config}") == "main-reference-slice{config}"


@pytest.mark.parametrize(
    ("run", "experiment", "subject", "family"),
    [
        ("main-td3_bc-slice10-s2", "main", "td3_bc", "slice"),
        ("ablation-data_1000-dql_set-mec0-s0", "ablation", "ablation-data_1000-dql_set", "mec"),
        ("transfer-slice0-slice2", "transfer", "transfer", "slice"),
        ("budget-slice0", "budget", "budget", "slice"),
        ("multimodal-mixtures-s0", "multimodal", "multimodal-mixtures", None),
        ("study-ablation-data_1000", "study", "study-ablation-data_1000", None),
    ],
)
def test_a_name_is_taken_apart(run: str, experiment: str, subject: str, family: str | None) -> None:
    assert run_ids.experiment_of(run) == experiment
    assert run_ids.subject_of(run) == subject
    assert run_ids.family_of(run) == family
