"""What the README says of a user's own data runs as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest

from difsched.cli.main import main
from difsched.config import ConfigManager
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.random_data import collect_random
from experiments.paths import ROOT


def test_the_readmes_lines_make_a_dataset_that_a_learner_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"\*\*Your own data\.\*\*.*?```python\n(.*?)```", text, re.DOTALL)
    assert code is not None
    logged = collect_random(ConfigManager().load_env_config(0), 400)
    own = {name: getattr(logged, name).tolist() for name in ("allocation", "delivered")} | {
        name: getattr(logged, name).astype(np.int64) for name in ("demand", "lost")
    }
    columns = np.moveaxis(logged.observation.astype(float), -1, 0)
    own |= dict(zip(("forecast", "last_demand", "k", "s"), columns, strict=True))
    exec(code[1], own | {"final_seen": logged.final_observation})
    assert np.array_equal(OfflineDataset.load("mine.npz").reward, logged.reward)
    words = "train bc --config 0 --data mine.npz --out w.safetensors --steps 2"
    assert main(words.split()) == 0
