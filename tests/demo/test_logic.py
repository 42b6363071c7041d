"""The demo without its page: players, sliders, courses, pictures."""

import json
from pathlib import Path

import numpy as np
import pytest

from difsched.baselines.registry import methods
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.family import FAMILIES, family_named
from difsched.policy import Bound
from difsched.published import model_weights
from experiments.demo import command, players
from experiments.demo.course import compare, course_of
from experiments.demo.players import (
    Place,
    Player,
    models_for,
    oracle_for,
    policy_of,
    problem_of,
    rules_for,
)
from experiments.demo.sliders import SLIDERS, sliders
from experiments.demo.views import view_of

PLACES = [Place("slice", 0), Place("alloc", 2), Place("mec", 3), Place("mlb", 1, (("users", 20),))]


def best(place: Place) -> Player:
    return Player("model", models_for(place.family, place.config)[0])


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.family)
def test_every_number_is_what_the_evaluation_says(place: Place) -> None:
    course = course_of(place, best(place))
    assert best(place).name == f"dql_set-{place.family}{place.config}"
    policy, problem = policy_of(place, best(place))
    windows = place.episodes * course.length
    number = min(course.length, 20) - 1
    scores = evaluate(policy, problem.config, problem.source, windows)
    np.testing.assert_allclose(course.losses(number), scores.loss[:, : number + 1], rtol=1e-12)
    if number == course.length - 1:
        for name, values in course.figures(number).items():
            np.testing.assert_allclose(values, scores.figures[name], rtol=1e-12)
        assert compare(place, best(place)).mean == pytest.approx(scores.loss.mean())


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.family)
def test_pictures_are_plain_values_of_the_window(place: Place) -> None:
    player, oracle = best(place), oracle_for(place)
    scenes = {one.name: course_of(place, one).at(1).scene for one in (player, oracle)}
    config = course_of(place, player).config
    pictures = view_of(place.family).pictures(config, scenes, 2)
    assert len(pictures) >= 2
    json.dumps([spec for _, spec in pictures], allow_nan=False)
    rows = scenes[player.name].rows(2, "entity")
    assert len(rows) == family_named(place.family).entities(config)


def test_grants_and_demand_are_those_of_the_window() -> None:
    course = course_of(PLACES[0], best(PLACES[0]))
    window = course.at(3)
    assert (window.scene.table["granted (RBs)"] == window.action).all()
    assert (window.action.sum(axis=1) == course.config.B).all()
    lost = window.scene.table["lost (packets)"].sum(axis=1)
    whole = lost + window.scene.table["delivered (packets)"].sum(axis=1)
    np.testing.assert_allclose(lost / whole, window.loss)


@pytest.mark.parametrize(
    ("family", "name"), [(family, one.name) for family, ones in SLIDERS.items() for one in ones]
)
def test_every_slider_changes_its_problem_and_starts_where_that_is(family: str, name: str) -> None:
    for number in family_named(family).configurations():
        usual = family_named(family).load(number)
        found = {one.name: one for one in sliders(family, usual)}
        if name in found:
            break
    one = found[name]
    start, other = one.usual(usual), one.low if one.low != one.usual(usual) else one.high
    assert problem_of(Place(family, number, ((name, start),))).config == usual
    problem = problem_of(Place(family, number, ((name, other),)))
    changed = problem.config != usual
    assert changed or problem.source is not problem_of(Place(family, number)).source


def test_a_forecast_without_error_is_the_truth() -> None:
    source = problem_of(Place("slice", 0, (("forecast_error", 0.0),))).source
    assert (source.test.forecast == source.test.packets).all()
    assert (source.train.forecast != source.train.packets).any()


def test_a_model_of_another_observation_is_refused() -> None:
    with pytest.raises(InputError, match="trained on observations with retransmit = 0: must be 2"):
        policy_of(Place("slice", 0, (("retransmit", 2),)), best(PLACES[0]))


def test_an_upload_decides_as_the_model_it_is() -> None:
    content = model_weights("det_set-slice0").read_bytes()
    upload = Player("upload", "mine.safetensors", content)
    place = PLACES[0]
    losses = course_of(place, Player("model", "det_set-slice0")).losses(2)
    assert (course_of(place, upload).losses(2) == losses).all()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("w.pt", b"", "must be a .safetensors file"),
        ("w.safetensors", b"\x80\x04nothing", "w.safetensors cannot be read as weights"),
        ("w.safetensors", b"0" * (players.MOST_BYTES + 1), "must be at most"),
    ],
)
def test_an_upload_that_is_none_is_refused_in_a_line(name: str, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        policy_of(PLACES[0], Player("upload", name, content))
    assert "/tmp" not in str(error.value)


def test_an_upload_of_another_family_is_refused() -> None:
    content = model_weights("det_set-mlb0").read_bytes()
    with pytest.raises(InputError, match=r"mine\.safetensors: trained in the family 'mlb'"):
        policy_of(PLACES[0], Player("upload", "mine.safetensors", content))


@pytest.mark.parametrize(
    ("player", "said"),
    [
        (Player("method", "dql_set"), "learns; choose its published model"),
        (Player("own", "nowhere.py:Mine"), "cannot be imported"),
        (Player("model", "dql_set-slice99"), "must be one of"),
    ],
)
def test_who_cannot_decide_is_named(player: Player, said: str) -> None:
    with pytest.raises(InputError, match=said):
        policy_of(PLACES[0], player)


def test_ones_own_class_decides() -> None:
    path = Path(__file__).parents[2] / "examples" / "rule_scheduler.py"
    course = course_of(PLACES[0], Player("own", f"{path}:ServeLargest"))
    assert course.at(0).action.sum() == course.config.B * PLACES[0].episodes


@pytest.mark.parametrize("family", FAMILIES)
def test_what_stands_beside_a_player_decides(family: str) -> None:
    place = Place(family, family_named(family).configurations()[0])
    policy_of(place, oracle_for(place))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_oracles_that_are_offered_decide(family: str) -> None:
    place = Place(family, family_named(family).configurations()[0])
    known = methods(family)
    for name in rules_for(family):
        if known[name].section != "oracles":
            continue
        try:
            policy, _ = policy_of(place, Player("method", name))
        except InputError as error:
            assert "does not serve this configuration" in str(error)
        else:
            assert not isinstance(policy, Bound)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (Place("mlb", 1), "bound"),
        (Place("promised", 16), "floor_bound"),
        (Place("sequential", 0), "bound"),
    ],
)
def test_a_bound_decides_nothing_and_is_not_offered(place: Place, name: str) -> None:
    assert name not in rules_for(place.family)
    with pytest.raises(InputError, match="is a bound, which decides nothing"):
        policy_of(place, Player("method", name))


def test_a_port_in_use_is_said_in_a_line_and_anothers_environment_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with command.socket.socket() as taken:
        taken.bind((command.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"--port {port}: is in use.*give another"):
            command.check_port(port)
    command.check_port(port)
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(command, "VENV", Path("/nowhere"))
    with pytest.raises(InputError, match=r"streamlit is not installed in .*: pip install"):
        command.install()


def test_it_listens_to_this_machine_alone_and_sends_nothing() -> None:
    words = " ".join(command.words(8600))
    assert "--server.address=127.0.0.1" in words and "gatherUsageStats=false" in words
