"""The examples of the project's documentation, typed as they stand there."""

import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from difsched import env, training
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.config.manager import PACKAGED
from difsched.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_YAML = """\
environment:
  N_user: 8
  LEN_window: 200
  N_aggregation: 4
  dataflow: thumb_fr
  B: 100
  r_bar: 5
  randomSeed: 999
  sigmoid_k_list: [0.1, 0.2, 0.3, 0.4, 0.5]
  sigmoid_s_list: [10.0, 10.0, 10.0, 10.0, 10.0]
"""
SETUP_ENVIRONMENT = """\
from difsched.config import ConfigManager

# Load configuration
cfg_mgr = ConfigManager(config_dir='configs')
env_config = cfg_mgr.load_env_config('default')
print(env_config)
"""
CREATE_ENVIRONMENT = """\
from difsched.env import Environment

env = Environment(env_config.to_dict(), trafficGenerator)
"""
TRAIN_AGENT = "from difsched.training import offline_training\n"
LOAD_CONFIGURATION = """\
from difsched.config import ConfigManager

cfg_mgr = ConfigManager(config_dir='configs')
env_config = cfg_mgr.load_env_config('default')
model_config = cfg_mgr.load_model_config('dql_default')
train_config = cfg_mgr.load_training_config('offline')
"""
EXAMPLE_1 = """\
from difsched.config import EnvironmentConfig

# From YAML
config = EnvironmentConfig.from_yaml('configs/env/default.yaml')

# From dict
config = EnvironmentConfig.from_dict({
    'N_user': 8,
    'LEN_window': 200,
    'N_aggregation': 4,
    'dataflow': 'thumb_fr',
    'B': 100,
    'r_bar': 5,
})

# To dict
config_dict = config.to_dict()

# To YAML
config.to_yaml('configs/env/custom.yaml')
"""
NOTEBOOK = """\
# Cell 1: Setup path and imports
import sys
sys.path.insert(0, '../..')

from difsched import env, agents, config
from difsched.config import ConfigManager

# Cell 2: Load configuration
cfg_mgr = ConfigManager(config_dir='../../configs')
env_config = cfg_mgr.load_env_config('default')
"""
IMPORTS = """\
from difsched import env, agents
from difsched.config import ConfigManager
"""
NOT_FOUND = """\
# Check config directory
from pathlib import Path
config_dir = Path('configs')
print(list(config_dir.glob('**/*.yaml')))
"""
COMMANDS = {
    "from difsched import env, agents, config; print('✓ Installation successful!')": "✓ Inst",
    "from difsched import agents; print(agents)": "<module 'difsched.agents' from",
}
#: What the documents say that the default is.
DOCUMENTED = EnvironmentConfig(
    N_user=8,
    LEN_window=200,
    N_aggregation=4,
    dataflow="thumb_fr",
    B=100,
    r_bar=5,
    randomSeed=999,
    sigmoid_k_list=[0.1, 0.2, 0.3, 0.4, 0.5],
    sigmoid_s_list=[10.0, 10.0, 10.0, 10.0, 10.0],
)


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand beside a folder ``configs`` that holds the documented file alone."""
    (tmp_path / "configs" / "env").mkdir(parents=True)
    (tmp_path / "configs" / "env" / "default.yaml").write_text(DEFAULT_YAML)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "configs"


@pytest.fixture(params=["a folder of one file", "a checkout"])
def place(request: pytest.FixtureRequest, configs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand where the documents' examples are typed."""
    if request.param == "a checkout":
        shutil.rmtree(configs)
        assert (ROOT / "configs").resolve() == PACKAGED
        shutil.copytree(PACKAGED, configs, ignore=shutil.ignore_patterns("*.py"))
    return configs.parent


def run(text: str, **names: Any) -> dict[str, Any]:
    """Run a block of the documents and return its names."""
    exec(text, names)
    return names


def test_every_block_of_the_documents_runs_as_it_stands(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    names = run(SETUP_ENVIRONMENT)
    assert names["env_config"] == DOCUMENTED
    assert "N_user=8" in capsys.readouterr().out
    generator = env.TrafficGenerator.from_dataflow("thumb_fr")
    made = run(CREATE_ENVIRONMENT, env_config=names["env_config"], trafficGenerator=generator)
    assert made["env"].reset(seed=0)[0].shape == (8, 4)
    assert run(TRAIN_AGENT)["offline_training"] is training.offline_training
    names = run(LOAD_CONFIGURATION)
    assert names["env_config"] == DOCUMENTED
    assert names["model_config"].algorithm == "dql"
    assert names["train_config"].model == "dql_default"
    names = run(EXAMPLE_1)
    assert names["config"] == DOCUMENTED == EnvironmentConfig.from_dict(names["config_dict"])
    assert EnvironmentConfig.from_yaml("configs/env/custom.yaml") == DOCUMENTED
    assert ConfigManager("configs").load_env_config("custom") == DOCUMENTED
    run(IMPORTS)
    run(NOT_FOUND)
    assert "configs/env/default.yaml" in capsys.readouterr().out
    assert run("from difsched import env, agents, config")["config"].__name__ == "difsched.config"


@pytest.mark.parametrize("folder", ["notebooks/02_training", "experiments/notebooks"])
def test_the_set_up_of_a_notebook_finds_package_and_configurations(
    folder: str, configs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = ROOT if folder.startswith("experiments") else configs.parent
    (root / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(root / folder)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    assert run(NOTEBOOK)["env_config"] == DOCUMENTED


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_that_check_the_installation_say_so(command: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, check=True
    )
    assert result.stdout.decode().startswith(COMMANDS[command])


def test_the_packages_of_the_documents_tree_are_there() -> None:
    for name in ("agents", "env", "training", "evaluation", "data", "config", "utils"):
        assert importlib.import_module(f"difsched.{name}").__doc__


def test_the_extras_that_the_documents_install_are_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    packages = {line.partition(">")[0] for line in extras["notebooks"]}
    assert packages == {"difsched[suite]", "ipykernel", "nbclient", "nbformat"}
    assert any(line.startswith("pytest") for line in extras["dev"])


def test_the_default_is_the_documented_one_wherever_it_stands(configs: Path) -> None:
    packaged = ConfigManager()
    assert packaged.load_env_config() == packaged.load_env_config("default") == DOCUMENTED
    assert EnvironmentConfig() == EnvironmentConfig.from_dict({}) == DOCUMENTED
    assert EnvironmentConfig.from_yaml(configs / "env" / "default.yaml") == DOCUMENTED
    assert packaged.load_env_config(2) == DOCUMENTED != packaged.load_env_config(0)


def test_a_folder_of_ones_own_is_looked_at_first_and_the_packaged_one_after_it(
    configs: Path,
) -> None:
    (configs / "env" / "default.yaml").write_text("environment: {B: 50}\n")
    (configs / "env" / "wide.yaml").write_text("N_user: 12\n")
    (configs / "agent").mkdir()
    (configs / "agent" / "matrix.yaml").write_text("7: {B: 30}\n")
    mine, packaged = ConfigManager("configs"), ConfigManager()
    assert mine.load_env_config().B == 50
    assert mine.load_env_config("wide") == EnvironmentConfig(N_user=12)
    assert [mine.load_env_config(i) for i in range(8)] == [
        packaged.load_env_config(i) for i in range(8)
    ]
    assert (mine.load_agent_config(7).B, mine.load_agent_config("1")) == (
        30,
        packaged.load_agent_config(1),
    )
    assert mine.indices("agent") == [0, 1, 7]


def test_a_model_or_a_training_of_ones_own_needs_no_entry_anywhere(configs: Path) -> None:
    for room, name in (("models", "dql_set"), ("training", "online")):
        (configs / room).mkdir()
        shutil.copy(PACKAGED / room / f"{name}.yaml", configs / room / "mine.yaml")
    mine, packaged = ConfigManager("configs"), ConfigManager()
    assert mine.load_model_config("mine") == packaged.load_model_config("dql_set")
    assert mine.load_training_config("mine") == packaged.load_training_config("online")
    (configs / "training" / "mine.yaml").write_text("model: sac")
    with pytest.raises(InputError, match=r"training/mine.yaml: kind is missing"):
        mine.load_training_config("mine")


def test_what_is_nowhere_is_refused_with_both_places_and_the_choices(configs: Path) -> None:
    manager = ConfigManager("configs")
    with pytest.raises(InputError) as caught:
        manager.load_model_config("dql_defualt")
    line = str(caught.value)
    assert "must be one of bc, cql," in line and "(did you mean dql_default?)" in line
    assert f"looked in configs/models and {ConfigManager().config_dir}/models" in line
    with pytest.raises(InputError, match="one of default, 0, 1, 2, 3, 4, 5, 6, 7; looked in conf"):
        manager.load_env_config("worst")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("environment: {N_usr: 8}", "N_usr is not a field .* .did you mean N_user"),
        ("environment: {B: 5}\nB: 6", "environment must hold all fields: move B into it"),
        ("environment: 3", "environment = 3: must be a mapping of fields"),
        ("environmnt: {B: 5}", "environmnt: the key of the fields must be environment"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(text: str, message: str, configs: Path) -> None:
    path = configs / "env" / "default.yaml"
    path.write_text(text)
    for read in (
        EnvironmentConfig.from_yaml,
        lambda path: ConfigManager("configs").load_env_config(),
    ):
        with pytest.raises(InputError, match=f"^{'.*'}default.yaml: {message}"):
            read(path)


def test_a_folder_that_does_not_exist_is_refused(configs: Path) -> None:
    with pytest.raises(InputError, match="config_dir = 'confs': must be a folder that exists"):
        ConfigManager(config_dir="confs")


def test_the_table_of_names_leads_to_what_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("| in the documents | here |\n")[2].partition("\n\n")[0]
    rows = [row.split(" | ")[1] for row in table.splitlines()[1:]]
    words = [word for row in rows for word in re.findall("`([^`]+)`", row)]
    rooms = {path.name for path in ROOT.iterdir()}
    paths = [w for w in words if w.split("/")[0] in rooms and "{" not in w]
    assert len(rows) == 18 and len(paths) > 25
    assert [path for path in paths if not (ROOT / path).exists()] == []
    settings = yaml.safe_load((PACKAGED / "env" / "matrix.yaml").read_text(encoding="utf-8"))
    assert settings[2] == {}
