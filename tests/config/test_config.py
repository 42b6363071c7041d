"""The matrix is the paper's, and nothing that is not allowed gets past the door."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from difsched.config import AgentConfig, ConfigManager, EnvironmentConfig
from difsched.config.manager import PACKAGED
from difsched.config.models.iql import IQLConfig
from difsched.errors import InputError
from difsched.utils.files import read_json

RUNS = Path(__file__).parents[2] / "artifacts" / "reference" / "logs" / "runs"
FIVE = [0.1, 0.2, 0.3, 0.4, 0.5]


@pytest.mark.parametrize("index", range(8))
def test_the_matrix_is_the_papers(index: int) -> None:
    env = ConfigManager().load_env_config(index)
    large, expanded, backward = index % 2 == 1, index % 4 >= 2, index >= 4
    assert env.N_user == (20 if large else 8)
    assert (200 if large else 100) == env.B
    assert env.dataflow == ("thumb_bk" if backward else "thumb_fr")
    assert env.sub_agents_idx == [int(backward)] * (5 if large else 2)
    assert env.user_map == [list(range(i, i + 4)) for i in range(0, env.N_user, 4)]
    assert env.sigmoid_k_list == (FIVE if expanded else [0.3])
    assert env.sigmoid_s_list == ([10.0] * 5 if expanded else [10.0])
    assert (env.LEN_window, env.N_aggregation, env.r_bar, env.randomSeed) == (200, 4, 5, 999)


@pytest.mark.parametrize(("index", "dataflow"), [(0, "thumb_fr"), (1, "thumb_bk")])
def test_the_sub_agents_are_the_papers(index: int, dataflow: str) -> None:
    agent = ConfigManager().load_agent_config(index)
    assert (agent.N_user, agent.B, agent.N_r, agent.N_aggregation) == (4, 60, 5, 4)
    assert (agent.sigmoid_k, agent.sigmoid_s, agent.dataflow) == (0.3, 10.0, dataflow)


@pytest.mark.parametrize("index", range(8))
def test_experiments_and_datasets_point_to_their_own_environment(index: int) -> None:
    manager = ConfigManager()
    experiment = manager.load_experiment_config(index)
    dataset = manager.load_dataset_config(experiment.dataset)
    assert (experiment.env, experiment.dataset, dataset.env) == (index, index, index)
    assert (dataset.n_windows, dataset.episode_length, dataset.random_share) == (50000, 200, 0.5)


def test_the_documented_names_load() -> None:
    manager = ConfigManager(config_dir=Path(ConfigManager().config_dir))
    assert manager.load_model_config("dql_default").network == "mlp"
    assert manager.load_training_config("offline").model == "dql_default"
    assert manager.indices("env") == list(range(8))


def test_every_packaged_file_loads() -> None:
    manager = ConfigManager()
    for room, load in (
        ("models", manager.load_model_config),
        ("training", manager.load_training_config),
    ):
        for path in (manager.config_dir / room).glob("*.yaml"):
            assert dataclasses.is_dataclass(load(path.stem))


@pytest.mark.parametrize("index", range(8))
def test_a_configuration_survives_its_dictionary_and_its_yaml(index: int, tmp_path: Path) -> None:
    env = ConfigManager().load_env_config(index)
    env.to_yaml(tmp_path / "env.yaml")
    assert EnvironmentConfig.from_yaml(tmp_path / "env.yaml") == env
    assert EnvironmentConfig.from_dict(env.to_dict()) == env


@pytest.mark.parametrize("room", ["env", "agent", "dataset", "experiment", "models", "training"])
def test_what_is_written_as_yaml_is_read_by_its_kind_and_by_the_manager(
    room: str, tmp_path: Path
) -> None:
    packaged, own = ConfigManager(), ConfigManager(tmp_path)
    load = f"load_{'model' if room == 'models' else room}_config"
    (tmp_path / room).mkdir()
    for name in [*packaged.names(room), *packaged.indices(room)]:
        config = getattr(packaged, load)(name)
        file = tmp_path / room / "mine.yaml"
        config.to_yaml(file)
        assert getattr(own, load)("mine") == config == type(config).from_yaml(file)
        own_of_the_slice = packaged.config_dir / room / "slice" / f"{name}.yaml"
        if name in packaged.names(room) and not own_of_the_slice.is_file():
            assert type(config).from_yaml(packaged.config_dir / room / f"{name}.yaml") == config


def test_a_training_says_what_is_other_for_a_method(tmp_path: Path) -> None:
    (tmp_path / "training" / "slice").mkdir(parents=True)
    own = tmp_path / "training" / "slice" / "offline.yaml"
    usual = ConfigManager().load_training_config("offline")
    (tmp_path / "training" / "offline.yaml").write_text(
        (PACKAGED / "training" / "offline.yaml").read_text()
    )
    manager = ConfigManager(tmp_path)
    own.write_text("methods: {cql: {learning_rate: 0.5}, iql: {batch_users: 8}}")
    assert manager.load_training_config("offline") == usual
    assert manager.load_training_config("offline", "slice", "cql").learning_rate == 0.5
    assert manager.load_training_config("offline", method="iql").batch_users == 8
    assert manager.load_training_config("offline", "alloc", "cql").learning_rate != 0.5
    for text, reason in (
        ("methods: {cql: {colour: 1}}", "methods.*colour"),
        ("methods: 3", "methods = 3"),
        ("methods: {cql: 3}", "methods.cql = 3"),
    ):
        own.write_text(text)
        with pytest.raises(InputError, match=reason):
            manager.load_training_config("offline", "slice", "iql")


def test_what_is_ones_own_is_not_changed_by_the_packaged(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    packaged = PACKAGED / "models" / "cql.yaml"
    (tmp_path / "models" / "cql.yaml").write_text(packaged.read_text())
    assert ConfigManager(tmp_path).load_model_config("cql").hidden == 64
    assert ConfigManager().load_model_config("cql").hidden == 96


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    ConfigManager().load_model_config("sac").to_yaml(tmp_path / "sac.yaml")
    with pytest.raises(InputError, match=r"sac\.yaml: algorithm = 'sac': must be one of iql"):
        IQLConfig.from_yaml(tmp_path / "sac.yaml")


def test_the_committed_runs_were_made_in_the_configurations_of_today() -> None:
    manager = ConfigManager()
    for index in range(8):
        recorded = read_json(RUNS / f"main-equal-slice{index}-s0" / "config.json")
        number = manager.load_experiment_config(index).env
        assert manager.load_env_config(number).to_dict() == recorded["environment"]


@pytest.mark.parametrize("users", [1, 4, 5, 10, 12, 128])
@pytest.mark.parametrize(("dataflow", "agent"), [("thumb_fr", 0), ("thumb_bk", 1), ("mine", 0)])
def test_groups_and_sub_agents_follow_from_users_and_dataflow(
    users: int, dataflow: str, agent: int
) -> None:
    given = {"N_user": users, "dataflow": dataflow}
    env = EnvironmentConfig.from_dict(given)
    assert [user for group in env.user_map for user in group] == list(range(users))
    assert {len(group) for group in env.user_map[:-1]} <= {4} and 1 <= len(env.user_map[-1]) <= 4
    assert env.sub_agents_idx == [agent] * len(env.user_map)
    for index in range(8):
        base = ConfigManager().load_env_config(index)
        changed = base.changed(given)
        assert (changed.user_map, changed.sub_agents_idx) == (env.user_map, env.sub_agents_idx)
        assert base.B == changed.B
    flow = ConfigManager().load_agent_config(agent)
    assert flow.N_user == 4 and dataflow in (flow.dataflow, "mine")


def test_groups_of_ones_own_stay_and_are_checked() -> None:
    own = EnvironmentConfig.from_dict({"user_map": [[7, 0], [1, 2, 3, 4, 5, 6]]})
    assert own.sub_agents_idx == [0, 0]
    assert own.changed({"B": 50}).user_map == own.user_map
    with pytest.raises(InputError, match=r"users 0\.\.11 once; left out, it follows N_user"):
        own.changed({"N_user": 12})


BAD: list[tuple[dict[str, Any], str]] = [
    ({"B": 0}, "B = 0: must be a whole number in 1..32767"),
    ({"B": -3}, "B = -3: must be"),
    ({"channel_information": 1}, "channel_information = 1: must be true or false"),
    ({"B": 10.5}, "B = 10.5: must be a whole number"),
    ({"B": True}, "B = True: must be a whole number"),
    ({"N_user": 9, "user_map": [[0, 1], [2, 3]]}, "must name each of the users 0..8 once"),
    ({"sub_agents_idx": [0, 0, 0]}, "has 3 entries, user_map has 2 groups"),
    ({"B": 1_000_000_000}, "B = 1000000000: must be a whole number in 1..32767"),
    ({"N_user": 10**12}, "N_user = 1000000000000: must be a whole number in 1..4096"),
    ({"LEN_window": 40_000}, "LEN_window = 40000: must be a whole number in 1..32767"),
    ({"retransmit": 1, "LEN_window": 20_000}, "LEN_window = 20000: must be a whole number in"),
    ({"retransmit": 101}, "retransmit = 101: must be a whole number in 0..100"),
    ({"N_aggregation": 5000}, "N_aggregation = 5000: must be a whole number in 2..1024"),
    ({"sigmoid_k_list": [0.1] * 300}, "sigmoid_k_list has 300 entries: must be at most 256"),
    ({"sigmoid_s_list": [1e300] * 5}, "sigmoid_s_list = 1e+300: must be a number >= 0 and <="),
    ({"user_map": [[0, 1, 2, 3], [4, 5, 6, 6]]}, "must name each of the users 0..7 once"),
    ({"user_map": [[0, 1, 2, 3]]}, "give one sub-agent for each group"),
    ({"user_map": 3}, "user_map = 3: must be a list"),
    ({"sigmoid_k_list": [0.1, 0.2]}, "sigmoid_k_list has 2 entries, sigmoid_s_list has 5"),
    ({"sigmoid_k_list": [0.0] * 5}, "sigmoid_k_list = 0.0: must be a number > 0"),
    ({"sigmoid_k_list": [float("nan")] * 5}, "sigmoid_k_list = nan: must be"),
    ({"sigmoid_s_list": [float("inf")] * 5}, "sigmoid_s_list = inf: must be"),
    ({"sigmoid_s_list": []}, "sigmoid_s_list = []: must be a list of at least one"),
    ({"information": "all"}, "information = 'all': must be one of predicted, perfect"),
    ({"channel_stay": 1.5}, "channel_stay = 1.5: must be a number >= 0 and <= 1"),
    ({"dataflow": "../etc"}, "dataflow = '../etc': must be a word"),
    ({"randomSeed": -1}, "randomSeed = -1: must be"),
    ({"traces": 7}, "traces = 7: must be the path"),
    ({"colour": "red"}, "colour is not a field of EnvironmentConfig"),
    ({"N_users": 9}, "(did you mean N_user?)"),
    ({"information": "perfectt"}, "(did you mean perfect?)"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_values_are_named_in_one_line(change: dict[str, Any], message: str) -> None:
    values = ConfigManager().load_env_config().to_dict() | change
    with pytest.raises(InputError) as error:
        EnvironmentConfig.from_dict(values)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_field_is_named() -> None:
    values = ConfigManager().load_agent_config().to_dict()
    del values["dataflow"]
    with pytest.raises(InputError, match="dataflow is missing from AgentConfig"):
        AgentConfig.from_dict(values)


@pytest.mark.parametrize("name", [8, -1, "8", "worst", True, None, [0]])
def test_an_unknown_configuration_lists_the_known(name: Any) -> None:
    with pytest.raises(InputError, match="must be one of default, 0, 1, 2, 3, 4, 5, 6, 7"):
        ConfigManager().load_env_config(name)


def test_an_unknown_model_lists_the_known() -> None:
    with pytest.raises(InputError, match=r"must be one of .*dql_default"):
        ConfigManager().load_model_config("dqm")


def test_yaml_that_builds_objects_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "env.yaml"
    path.write_text("!!python/object/apply:os.system ['touch owned']\n")
    with pytest.raises(InputError, match="cannot be read as YAML"):
        EnvironmentConfig.from_yaml(path)


def test_a_matrix_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "default.yaml").write_text("B: 3\n")
    (tmp_path / "env" / "matrix.yaml").write_text("- 1\n- 2\n")
    with pytest.raises(InputError, match="must map numbers to fields"):
        ConfigManager(tmp_path).load_env_config(0)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_any_value_in_any_field_is_taken_or_refused_in_one_line(value: Any) -> None:
    good = ConfigManager().load_env_config().to_dict()
    for name in good:
        try:
            EnvironmentConfig.from_dict(good | {name: value})
        except InputError as error:
            assert "\n" not in str(error)
