"""Rows of a further family's study: the run, other decisions of its weights, other conditions."""

from pathlib import Path

from difsched.family import FAMILIES
from difsched.utils.files import write_json
from experiments.aggregate.studies import _family_rows
from experiments.studies.variants import variants


def test_a_run_has_a_row_and_so_has_each_further_setting_of_its_decisions(tmp_path: Path) -> None:
    variant = variants("mec_proposals")["dql_set"]
    config = {"method": "dql_set", "family": "mec", "config": 3, "seed": 0}
    environment = FAMILIES["mec"].load(3).to_dict()
    settings = {"training": {"gradient_steps": 5}}
    write_json(
        tmp_path / "config.json", config | {"environment": environment, "settings": settings}
    )
    levels = {"all_local": -0.2, "optimum": -0.4}
    episodes = {f"{one.name}_by_episode": [0.5, 0.5] for one in FAMILIES["mec"].measures}
    means = {one.name: 0.5 for one in FAMILIES["mec"].metrics} | {"loss": -0.3}
    groups = {
        f"{one.grouped}{end}": [0.5] * 5
        for one in FAMILIES["mec"].metrics
        for end in ("", "_error")
    }
    decisions = [{"field": "masked", "value": 32, "loss": -0.4}]
    told = {"information": None, "levels": levels, "decisions": decisions}
    write_json(tmp_path / "result.json", told | episodes | means | groups)
    own, other = _family_rows(tmp_path, "mec_proposals", variant)
    assert (own.setting, own.setting_value, round(own.score or 0)) == (None, None, 50)
    assert own.measures["qos"] == 0.5
    assert (other.setting, other.setting_value, round(other.score or 0)) == ("masked", 32, 100)
    assert dict(other.measures) == {"loss": -0.4}
