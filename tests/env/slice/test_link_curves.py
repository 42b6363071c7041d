"""A link given as a table of success probabilities instead of k and s."""

from dataclasses import replace

import numpy as np
import pytest

from difsched.baselines.method import NotServed, Task
from difsched.baselines.registry import find
from difsched.baselines.slice.curves import ClassCurves
from difsched.baselines.slice.deadlines.control import PredictiveRule
from difsched.baselines.slice.deadlines.rules import DeadlineRule, RoundRobinRule
from difsched.baselines.slice.rule import Rule, RulePolicy
from difsched.config import EnvironmentConfig
from difsched.env.slice.family import slice_traffic
from difsched.env.slice.link.curves import link_curves
from difsched.env.slice.random_data import collect_random
from difsched.errors import InputError
from difsched.evaluation.scoring import mean_loss


@pytest.fixture
def logistic(config: EnvironmentConfig) -> EnvironmentConfig:
    return replace(config, N_user=4, B=40, user_map=None, sub_agents_idx=None)


@pytest.fixture
def tabled(logistic: EnvironmentConfig) -> EnvironmentConfig:
    return replace(logistic, link_curves=link_curves(logistic).tolist())


def test_a_table_of_the_logistic_curves_changes_nothing_but_the_record(
    logistic: EnvironmentConfig, tabled: EnvironmentConfig
) -> None:
    plain, same = (collect_random(config, 400) for config in (logistic, tabled))
    assert np.array_equal(plain.delivered, same.delivered)
    assert tabled.to_dict() == {**logistic.to_dict(), "link_curves": tabled.link_curves}
    assert EnvironmentConfig.from_dict(tabled.to_dict()) == tabled


def test_more_rbs_than_the_table_has_are_worth_its_last() -> None:
    config = EnvironmentConfig(
        B=4, sigmoid_k_list=[1.0], sigmoid_s_list=[2.0], link_curves=[[0, 0.5, 0.75]]
    )
    assert link_curves(config).tolist() == [[0, 0.5, 0.75, 0.75, 0.75]]


@pytest.mark.parametrize("name", ["oracle", "oracle_predicted"])
def test_the_oracle_solves_the_table(
    name: str, logistic: EnvironmentConfig, tabled: EnvironmentConfig
) -> None:
    method = find(name)

    def loss(config: EnvironmentConfig) -> float:
        seen = method.view(config)
        return mean_loss(method.fit(Task(seen, None)), seen, None, 40)

    assert loss(tabled) == pytest.approx(loss(logistic), abs=1e-9)


def test_an_oracle_that_is_not_shown_the_channel_takes_the_mean_curve(
    tabled: EnvironmentConfig,
) -> None:
    hidden = replace(tabled, channel_information=False)
    known = ClassCurves.known(hidden)
    np.testing.assert_allclose(known.curves, link_curves(tabled).mean(axis=0)[None])


def test_classes_that_look_alike_have_their_mean_curve(config: EnvironmentConfig) -> None:
    curves = [[0.0, 0.2], [0.0, 0.8], [0.0, 0.5]]
    alike = replace(
        config,
        B=1,
        sigmoid_k_list=[0.3, 0.3, 0.2],
        sigmoid_s_list=[10.0] * 3,
        link_curves=curves,
    )
    known = ClassCurves.known(alike)
    seen = np.array([[[0, 0, 0.3, 10.0], [0, 0, 0.2, 10.0]]])
    np.testing.assert_allclose(known.of(seen)[0], [[0, 0.5], [0, 0.5]])
    assert len(known.classes) == 2


#: Nothing of it follows from the k and s that are shown: RBs 3 and 6 are the plateaus.
PLATEAUS = [0.0, 0.0, 0.0, 0.5, 0.5, 0.5, 1.0]


@pytest.mark.parametrize("rule", [DeadlineRule(), DeadlineRule(1.0), RoundRobinRule()])
def test_rules_that_are_told_the_link_are_told_its_table(rule: Rule) -> None:
    config = EnvironmentConfig(
        N_user=2, B=6, sigmoid_k_list=[5.0], sigmoid_s_list=[1.0], link_curves=[PLATEAUS]
    )
    seen = np.array([[[10.0, 0, 5.0, 1.0], [6.0, 0, 5.0, 1.0]]])
    assert RulePolicy.told(config, rule).act(seen).tolist() == [[6, 0]]


def test_control_plans_with_the_table() -> None:
    config = EnvironmentConfig(
        N_user=2,
        B=6,
        retransmit=1,
        sigmoid_k_list=[5.0],
        sigmoid_s_list=[1.0],
        link_curves=[[0.0] * 6 + [1.0]],
    )
    seen = np.array([[[10.0, 0, 5.0, 1.0, 0.0], [16.0, 0, 5.0, 1.0, 10.0]]])
    policy = RulePolicy.told(config, PredictiveRule.of(config, 8.0))
    assert policy.act(seen).tolist() == [[0, 6]]


@pytest.mark.parametrize("name", ["max_weight", "top_m", "proportional_fair"])
def test_rules_of_logistic_links_do_not_serve_tables(name: str, tabled: EnvironmentConfig) -> None:
    with pytest.raises(NotServed, match="link by table"):
        find(name).fit(Task(tabled, None))


def test_the_oracle_that_expects_demand_solves_the_table(
    logistic: EnvironmentConfig, tabled: EnvironmentConfig
) -> None:
    method, traffic = find("oracle_bayes"), slice_traffic(logistic)

    def loss(config: EnvironmentConfig) -> float:
        seen = method.view(config)
        return mean_loss(method.fit(Task(seen, traffic)), seen, traffic, 40)

    assert loss(tabled) == pytest.approx(loss(logistic), abs=1e-9)


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        ([[0.0, 1.0]], "sigmoid_k_list has 5 entries, link_curves has 1: give one curve for each"),
        ([[0.0, 1.5]] * 5, "link_curves = 1.5: must be a number >= 0 and <= 1"),
        ([[]] * 5, "link_curves = .*: must be a list of at least one entry"),
        (7, "link_curves = 7: must be a list"),
    ],
)
def test_a_table_that_is_none_is_refused_in_one_line(curves: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        EnvironmentConfig.from_dict({"link_curves": curves})


def test_data_of_another_link_are_refused(
    logistic: EnvironmentConfig, tabled: EnvironmentConfig
) -> None:
    data = collect_random(tabled, 400)
    card = {"family": "slice", "environment": tabled.to_dict()}
    with pytest.raises(InputError, match="card has other link_curves"):
        replace(data, card=card).check(logistic)
    replace(data, card=card).check(tabled)
