"""MOPO: the ensemble fits what is logged, its episodes are cut, ignorance costs reward."""

from dataclasses import replace

import numpy as np
import torch

from difsched.baselines.method import Task
from difsched.baselines.mlb.mopo.ensemble import Ensemble, EnsembleConfig, fit_ensemble
from difsched.baselines.mlb.mopo.imagined import ImaginedNetwork, mixture_sd
from difsched.baselines.mlb.mopo.training import train
from difsched.baselines.registry import find
from difsched.data.outcomes import OutcomeDataset
from difsched.env.mlb.config import CONFIGURATIONS
from difsched.evaluation.windows import evaluate
from difsched.family import FAMILIES

CONFIG = replace(CONFIGURATIONS.load("synthetic_rrl"), files=[1, 2], target_share=0.5, steps=40)
SMALL = EnsembleConfig(
    members=3, elites=2, hidden=16, layers=2, gradient_steps=80, batch=16, horizon=3
)


def _data() -> OutcomeDataset:
    data = FAMILIES["mlb"].collect(FAMILIES["mlb"], CONFIG, 5 * 40)
    assert isinstance(data, OutcomeDataset)
    return data


DATA = _data()


def _seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_an_ensemble_learns_changes_rewards_and_cells() -> None:
    untrained, trained = Ensemble(SMALL, DATA, _seeded()), fit_ensemble(DATA, SMALL, _seeded())
    columns = [
        torch.as_tensor(values)
        for values in (DATA.observation, DATA.action, DATA.next_observation, DATA.reward)
    ]
    before, after = (model.losses(*columns).detach() for model in (untrained, trained))
    assert (after < before - 0.3).all()
    assert after[trained.elites].mean() <= after.mean() + 0.05
    found = trained(columns[0], columns[1])
    correlation = np.corrcoef(found.reward[trained.elites].mean(dim=0).numpy(), DATA.reward)[0, 1]
    assert correlation > 0.5


def test_what_members_disagree_about_is_uncertain() -> None:
    means, sds = torch.tensor([[0.0, 1.0], [0.0, 3.0]]), torch.tensor([[2.0, 0.0], [2.0, 0.0]])
    assert mixture_sd(means, sds).tolist() == [2.0, 1.0]


def test_imagined_episodes_begin_at_logged_windows_and_end_in_time() -> None:
    ensemble = fit_ensemble(DATA, replace(SMALL, gradient_steps=5), _seeded())
    network = ImaginedNetwork(ensemble, DATA, 4, _seeded(1))
    logged = {row.tobytes() for row in DATA.observation}
    assert all(row.astype(np.float32).tobytes() in logged for row in network.reset())
    steps = [network.step(np.zeros((4, 1, 3))) for _ in range(3)]
    assert [step.truncated for step in steps] == [False, False, True]
    for step in steps:
        assert step.observation.shape == (4, 50, 6) and step.reward.shape == (4,)
        assert (step.observation[..., 3:].sum(axis=-1) == 1).all()
        assert step.observation[..., :3].max() <= DATA.observation[..., :3].max() + 1e-3


def test_a_penalty_takes_as_much_as_it_says() -> None:
    rewards = []
    for penalty in (0.0, 2.0):
        config = replace(SMALL, gradient_steps=5, penalty=penalty)
        network = ImaginedNetwork(fit_ensemble(DATA, config, _seeded()), DATA, 4, _seeded(1))
        found = network.ensemble(torch.as_tensor(network.observe()).float(), torch.zeros(4, 1, 3))
        elites = network.ensemble.elites
        sd = mixture_sd(found.reward[elites], found.reward_sd[elites]).numpy()
        rewards.append((network.step(np.zeros((4, 1, 3))).reward, sd))
    (free, sd), (penalised, _) = rewards
    np.testing.assert_allclose(free - penalised, 2 * sd, rtol=1e-4)


def test_it_is_a_method_that_never_meets_the_real_network() -> None:
    method = find("mopo", "mlb")
    short = {"online": {"windows": 2624, "curve_points": 0}}
    task = Task(CONFIG, data=DATA, **method.settings(0, short, "mlb"))
    config, seen = replace(SMALL, gradient_steps=3), DATA.observation[:3]
    policy, again = train(task, config), train(task, config)
    assert policy.act(seen).shape == (3, 1, 3)
    assert (policy.act(seen) == again.act(seen)).all()


def test_it_learns_from_logged_rewards_to_lose_less_than_the_log() -> None:
    method = find("mopo", "mlb")
    settings = method.settings(0, {"online": {"windows": 4480, "curve_points": 0}}, "mlb")
    config = replace(SMALL, members=4, elites=3, hidden=32, batch=32, gradient_steps=300, horizon=5)

    def loss(data: OutcomeDataset) -> float:
        policy = train(Task(CONFIG, data=data, **settings), config)
        return float(evaluate(policy, CONFIG, None, 4 * CONFIG.steps).loss.mean())

    learned, turned = loss(DATA), loss(replace(DATA, reward=-DATA.reward))
    assert learned < -0.5 * DATA.reward.mean()
    assert learned < turned - 0.02
