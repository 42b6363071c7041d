"""Ten steps of every learner, with its settings on the slice, lead where they led."""

import pytest
import torch

from difsched.config import ConfigManager
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.random_data import collect_random
from difsched.training import offline_training

#: Model -> sum of its weights times cos 0, cos 1, ... after ten steps.
REFERENCE = {
    "bc": 3.2813,
    "gaussian_bc": 6.0492,
    "iql": 4.6562,
    "cql": -12.3690,
    "td3_bc": 17.6923,
    "dql_default": -2.9762,
    "det_set": 21.1069,
    "gaussian_set": -10.5318,
    "dql_set": -11.4479,
}


@pytest.fixture(scope="module")
def dataset() -> OfflineDataset:
    return collect_random(ConfigManager().load_env_config(0), 300)


@pytest.mark.parametrize("name", REFERENCE)
def test_ten_steps_lead_where_they_led(name: str, dataset: OfflineDataset) -> None:
    # On another processor sums are rounded otherwise, which comes to a few thousandths by then.
    manager = ConfigManager()
    short = {"gradient_steps": 10, "batch_users": 256, "curve_points": 0}
    policy = offline_training(
        manager.load_env_config(0),
        manager.load_training_config("offline").changed(short),
        dataset=dataset,
        model=manager.load_model_config(name),
    )
    weights = [weight.detach().double().flatten() for weight in policy.agent.parameters()]
    places = [torch.arange(len(weight), dtype=torch.float64).cos() for weight in weights]
    total = sum(float(weight @ place) for weight, place in zip(weights, places, strict=True))
    assert total == pytest.approx(REFERENCE[name], abs=0.03)
