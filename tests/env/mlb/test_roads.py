"""Road graphs, walkers on them, and maps of users, good and bad."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from difsched.env.mlb import osm
from difsched.env.mlb.config import CONFIGURATIONS
from difsched.env.mlb.osm import ATTRIBUTION, load_osm, project, scene_from_osm
from difsched.env.mlb.roads import RoadGraph, generate_roads, largest_component
from difsched.env.mlb.simulator import Simulator
from difsched.env.mlb.walkers import walk_roads
from difsched.errors import InputError
from difsched.typing import Floats

CONFIG = replace(CONFIGURATIONS.load("roads_loiter"), files=[1], steps=60)
ORIGIN = np.array([116.82, 36.53])


def _graph(seed: int = 0) -> RoadGraph:
    return generate_roads(CONFIG.scene.width, CONFIG.scene.height, seed)


def _write(path: Path, graph: RoadGraph, extra: str = "", highway: str = "footway") -> Path:
    """Write a graph as a map whose corner is ORIGIN."""
    scale = np.array([1 / np.cos(np.radians(ORIGIN[1])), 1.0])
    degrees = ORIGIN + np.degrees(graph.points / 6_371_000.0) * scale
    rows = [f'<bounds minlon="{ORIGIN[0]}" minlat="{ORIGIN[1]}" maxlon="117" maxlat="37"/>']
    rows += [
        f'<node id="{k}" lon="{x!r}" lat="{y!r}"/>' for k, (x, y) in enumerate(degrees.tolist())
    ]
    rows += [
        f'<way id="{k}"><nd ref="{one}"/><nd ref="{other}"/><tag k="highway" v="{highway}"/></way>'
        for k, (one, other) in enumerate(graph.edges.tolist())
    ]
    path.write_text("<osm>" + "".join(rows) + extra + "</osm>")
    return path


@pytest.mark.parametrize("seed", range(5))
def test_generated_roads_are_one_network_like_a_campus(seed: int) -> None:
    graph = _graph(seed)
    size = len(graph.points)
    links = coo_array((np.ones(len(graph.edges)), graph.edges.T), shape=(size, size))
    assert connected_components(links, directed=False)[0] == 1
    assert 270 <= size <= 290
    assert 3.0 <= 2 * len(graph.edges) / size <= 3.5
    assert (graph.points >= 0).all()
    assert (graph.points <= [CONFIG.scene.width, CONFIG.scene.height]).all()


def test_the_same_seed_makes_the_same_roads() -> None:
    assert (_graph(7).points == _graph(7).points).all()
    assert _graph(7).edges.tolist() != _graph(8).edges.tolist()


def test_a_scene_too_small_for_roads_is_refused() -> None:
    with pytest.raises(InputError, match="220 m"):
        generate_roads(200.0, 900.0, 0)


def _distance_to_roads(points: Floats, graph: RoadGraph) -> Floats:
    start, end = graph.points[graph.edges[:, 0]], graph.points[graph.edges[:, 1]]
    along, away = end - start, points[:, None] - start
    share = np.clip((away * along).sum(-1) / (along * along).sum(-1), 0, 1)
    return np.linalg.norm(away - share[..., None] * along, axis=-1).min(axis=1)


def test_walkers_stay_on_the_roads_at_a_speed_of_their_own() -> None:
    graph = _graph()
    positions, home = walk_roads(CONFIG, graph, 1)
    assert _distance_to_roads(positions.reshape(-1, 2), graph).max() < 1e-6
    moved = np.linalg.norm(np.diff(positions, axis=0), axis=-1)
    # Within a road the speed is the user's; around a bend the distance is shorter.
    assert (moved.max(axis=0) >= 5 - 1e-6).all()
    assert (moved.max(axis=0) <= 15 + 1e-6).all()
    start = np.linalg.norm(positions[0] - np.array(CONFIG.scene.sites)[home], axis=-1)
    assert start.max() <= 200


def test_walkers_head_where_their_class_says() -> None:
    positions, home = walk_roads(replace(CONFIG, steps=30), _graph(), 1)
    east = positions[-1, :, 0] - positions[0, :, 0]
    assert east[home == 0].mean() > 50
    assert east[home == 2].mean() < -50
    loitering = positions[:, home == 1] - np.array(CONFIG.scene.sites[1])
    assert np.median(np.linalg.norm(loitering, axis=-1)) < 200


def test_an_extract_gives_the_graph_that_it_was_written_from(tmp_path: Path) -> None:
    graph = _graph()
    read = load_osm(_write(tmp_path / "campus.osm", graph))
    assert read.attribution == ATTRIBUTION
    # The reader numbers points in the order of the roads.
    written = {tuple(sorted(map(tuple, graph.points[edge].round(3)))) for edge in graph.edges}
    assert {tuple(sorted(map(tuple, read.points[edge].round(3)))) for edge in read.edges} == written


def test_users_walk_on_a_map_of_ones_own(tmp_path: Path) -> None:
    path = _write(tmp_path / "campus.osm", _graph())
    sites = [(116.8240, 36.5429), (116.8275, 36.5456), (116.8306, 36.5443)]
    scene = scene_from_osm(path, tuple(sites))
    step = Simulator(replace(CONFIG, scene=scene), 1, np.random.SeedSequence(0)).step(
        np.zeros((1, 1, 3))
    )
    assert np.isfinite(step.observation).all()
    with pytest.raises(InputError, match="sites"):
        scene_from_osm(path, ((0.0, 0.0), *sites[1:]))


def test_the_projection_has_the_distances_of_the_original_sites() -> None:
    degrees = np.array([[116.8239735, 36.5429144], [116.8274521, 36.5456314]])
    first, second = project(degrees, (116.82, 36.53))
    assert np.linalg.norm(second - first) == pytest.approx(433, abs=1)


def test_ways_may_name_nodes_that_were_cut_off(tmp_path: Path) -> None:
    way = '<way id="x"><nd ref="0"/><nd ref="nowhere"/><tag k="highway" v="path"/></way>'
    graph = _graph()
    read = load_osm(_write(tmp_path / "a.osm", graph, way))
    assert len(read.points) == len(graph.points)


def test_the_largest_component_is_kept() -> None:
    points = np.arange(10.0).reshape(5, 2)
    graph = largest_component(points, np.array([[0, 1], [3, 2], [4, 3], [3, 4]]))
    assert (graph.points == points[2:]).all()
    assert graph.edges.tolist() == [[0, 1], [1, 2]]
    assert graph.neighbours == ((1,), (0, 2), (1,))


BOMB = (
    '<!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><osm>&b;</osm>'
)
OUTSIDE = '<!DOCTYPE osm [<!ENTITY a SYSTEM "file:///etc/hostname">]><osm>&a;</osm>'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (BOMB, "declares a document type"),
        (OUTSIDE, "declares a document type"),
        ("<!DOCTYPE osm><osm/>", "declares a document type"),
        ("<osm/>", "no road"),
        ('<osm><node id="1" lon="1" lat="2"/></osm>', "no road"),
        ("<osm>", "not a map"),
        ("", "not a map"),
        ("\x00\x01", "not a map"),
        ('<osm><node id="1" lon="x" lat="2"/></osm>', "not a map"),
        ('<osm><node id="1" lon="nan" lat="2"/></osm>', "must be within"),
        ('<osm><node id="1" lon="181" lat="2"/></osm>', "must be within"),
        ('<osm><node id="1" lat="2"/></osm>', "no attribute 'lon'"),
    ],
)
def test_what_is_no_map_of_roads_is_refused(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "bad.osm"
    path.write_text(text)
    with pytest.raises(InputError, match=line) as error:
        load_osm(path)
    assert "bad.osm" in str(error.value)


def test_ways_that_are_no_roads_do_not_count(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no road"):
        load_osm(_write(tmp_path / "a.osm", _graph(), highway="proposed"))


def test_a_map_over_the_stated_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "a.osm", _graph())
    monkeypatch.setattr(osm, "MAX_NODES", 100)
    with pytest.raises(InputError, match="more than 100 nodes"):
        load_osm(path)
    monkeypatch.setattr(osm, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="must be at most 100"):
        load_osm(path)


def test_a_missing_map_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.osm.*cannot be read"):
        load_osm(tmp_path / "none.osm")
    with pytest.raises(InputError, match="cannot be read"):
        load_osm(tmp_path)
