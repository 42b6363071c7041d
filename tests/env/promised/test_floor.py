"""Floors: their fields, debts, what episodes tell of them, and data that show them or not."""

import numpy as np
import pytest

from difsched.baselines.promised.datasets import gather
from difsched.config import ConfigManager, DatasetConfig, EnvironmentConfig
from difsched.env.slice.columns import DEBT
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.debt import MOST_DEBT, PATIENCE, debt_after, promise_kept, worth
from difsched.env.slice.environment import Environment, training_traffic
from difsched.env.slice.family import FAMILY, bounds, slice_traffic
from difsched.env.slice.simulator import Simulator
from difsched.errors import InputError

SMALL = {"N_user": 4, "B": 40, "sigmoid_k_list": [0.3], "sigmoid_s_list": [10]}
FLOOR = [0.9, 0.0, 0.5, 0.0]


def config(**fields: object) -> EnvironmentConfig:
    return EnvironmentConfig.from_dict({**SMALL, "floor": FLOOR, **fields})


def test_a_slice_without_a_floor_is_described_as_before_there_was_one() -> None:
    for index in range(8):
        kept = ConfigManager().load_env_config(index).to_dict()
        assert not {"floor", "debt_information"} & set(kept)
    assert config().to_dict()["floor"] == FLOOR


def test_one_floor_holds_for_all_users() -> None:
    assert config(floor=0.4).floors == [0.4] * 4
    assert config(floor=None).floors == [0.0] * 4


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"floor": [0.5, 0.5]}, "floor has 2 entries: must be one number, or one for each of the"),
        ({"floor": 1.2}, "floor = 1.2: must be a number"),
        ({"floor": None, "debt_information": True}, "debt_information = true: needs a floor"),
        ({"retransmit": 1}, "retransmit = 1: must be 0 with a floor"),
    ],
)
def test_fields_that_contradict_are_refused(fields: dict[str, object], line: str) -> None:
    with pytest.raises(InputError, match=line):
        config(**fields)


def test_a_floor_beyond_the_whole_budget_is_refused() -> None:
    own = config(B=12, floor=0.9)
    with pytest.raises(InputError, match=r"infeasible: at most 0\.646"):
        Simulator(
            own, training_traffic(own), 1, outcomes="expected", seed=np.random.SeedSequence(0)
        )


def test_debts_add_up_to_what_was_promised_and_not_delivered() -> None:
    own = config(debt_information=True)
    simulator = Simulator(
        own, training_traffic(own), 2, outcomes="sampled", seed=np.random.SeedSequence(1)
    )
    owed = np.zeros((2, 4))
    for _ in range(3):
        step = simulator.step(np.tile([20, 10, 10, 0], (2, 1)))
        owed = debt_after(owed, np.array(FLOOR), step.demand, step.delivered)
        np.testing.assert_array_equal(step.observation[..., DEBT], owed)
    assert (owed[:, [1, 3]] == 0).all()
    assert simulator.reset()[..., DEBT].max() == 0


def test_debts_are_kept_within_limits_and_credit_counts_nothing() -> None:
    owed = debt_after(
        np.array([MOST_DEBT, 0.0]), np.array([0.9, 0.5]), np.array([200, 100]), np.array([0, 100])
    )
    np.testing.assert_allclose(owed, [MOST_DEBT, -50])
    np.testing.assert_allclose(worth(np.array([0.0, PATIENCE, -PATIENCE])), [1, 2, 1])


def test_shortfall_is_the_worst_users_and_a_point_is_forgiven() -> None:
    due = np.array([[90.0, 0.0, 50.0]])
    kept = promise_kept(due, np.array([[89.5, 3.0, 40.0]]), np.full((1, 3), 100.0))
    assert kept["shortfall"] == pytest.approx([0.1])
    assert kept["floor_met"] == pytest.approx([0.5])
    assert promise_kept(0 * due, due, due)["floor_met"] == pytest.approx([1.0])


def test_gymnasium_shows_debts_within_the_bounds() -> None:
    environment = Environment(config(debt_information=True).to_dict())
    seen, _ = environment.reset(seed=0)
    assert seen.shape == (4, 5)
    for _ in range(40):
        seen, *_ = environment.step(np.zeros(4, dtype=np.float32))
    low, high = bounds(config(debt_information=True))
    assert ((seen >= low - 1e-6) & (seen <= high + 1e-6)).all()
    assert seen[0, DEBT] == MOST_DEBT


@pytest.fixture(scope="module")
def data() -> tuple[EnvironmentConfig, OfflineDataset]:
    own = config()
    traffic = slice_traffic(own)
    recipe = DatasetConfig(0, 400, 20, 0.5, "primal_dual")
    made, card = gather("floor", recipe, own, traffic)
    assert card["environment"]["floor"] == FLOOR
    return own, made


def test_data_show_debts_to_who_sees_them_alone(
    data: tuple[EnvironmentConfig, OfflineDataset],
) -> None:
    own, made = data
    free = made.shown(own)
    assert free.observation.shape[-1] == 4
    free.check(own)
    np.testing.assert_array_equal(free.reward, made.reward)
    seeing = own.changed({"debt_information": True})
    shown = made.shown(seeing)
    shown.check(seeing)
    assert made.debt is not None
    np.testing.assert_array_equal(shown.observation[..., DEBT], made.debt)
    np.testing.assert_allclose(
        shown.outcomes[..., 0], made.outcomes[..., 0] * worth(made.debt), rtol=1e-5
    )
    # The first debt of an episode is none, and each follows from the window before.
    after = shown.next_observation[..., DEBT]
    wanted = debt_after(made.debt, np.array(FLOOR), made.demand, made.delivered)
    np.testing.assert_allclose(after, wanted, atol=1e-3)
    assert (made.debt[:: made.episode_length] == 0).all()
    np.testing.assert_array_equal(shown.column("sent"), made.demand)


def test_debts_are_saved_and_loaded(
    data: tuple[EnvironmentConfig, OfflineDataset], tmp_path: object
) -> None:
    _, made = data
    path = f"{tmp_path}/d.npz"
    made.save(path)
    np.testing.assert_array_equal(OfflineDataset.load(path).debt, made.debt)


def test_data_without_a_floor_cannot_show_debts() -> None:
    own = config(floor=None)
    with pytest.raises(InputError, match="no debt"):
        FAMILY.collect(FAMILY, own, 200).shown(config(debt_information=True))
