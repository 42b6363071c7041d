"""Reads the roads of an OpenStreetMap extract, with the standard library alone."""

from collections.abc import Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from difsched.errors import InputError, within
from difsched.typing import Floats

from .config import Scene
from .roads import RoadGraph, largest_component

#: Must stand beside every picture and data set made from a map.
ATTRIBUTION = "(c) OpenStreetMap contributors, ODbL"
#: Bytes of the largest extract, and nodes of it at most.
MAX_BYTES, MAX_NODES = 64 << 20, 500_000
EARTH_RADIUS = 6_371_000.0
#: Values of the tag ``highway`` that one can travel on.
ROADS = frozenset(
    (
        *("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential"),
        *("motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link"),
        *("living_street", "service", "pedestrian", "track", "road", "footway", "bridleway"),
        *("path", "cycleway", "steps"),
    )
)


class _Reader:
    """Collects the nodes, the roads and the bounds of an extract while it is parsed."""

    def __init__(self) -> None:
        self.nodes: dict[str, tuple[float, float]] = {}
        self.roads: list[list[str]] = []
        self.corner: tuple[float, float] | None = None
        self._way: list[str] | None = None
        self._is_road = False

    def start(self, tag: str, fields: dict[str, str]) -> None:
        if tag == "node":
            self.nodes[fields["id"]] = _position(fields["lon"], fields["lat"])
            if len(self.nodes) > MAX_NODES:
                raise InputError(f"more than {MAX_NODES} nodes: cut a smaller extract")
        elif tag == "bounds":
            self.corner = _position(fields["minlon"], fields["minlat"])
        elif tag == "way":
            self._way, self._is_road = [], False
        elif tag == "nd" and self._way is not None:
            self._way.append(fields["ref"])
        elif tag == "tag" and self._way is not None and fields.get("k") == "highway":
            self._is_road = fields.get("v") in ROADS

    def end(self, tag: str) -> None:
        if tag == "way" and self._way is not None:
            if self._is_road:
                self.roads.append(self._way)
            self._way = None


def _position(longitude: str, latitude: str) -> tuple[float, float]:
    lon, lat = float(longitude), float(latitude)
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise InputError(f"lon = {lon!r}, lat = {lat!r}: must be within 180 and 85 degrees")
    return lon, lat


def _refuse_declarations(*_: Any) -> None:
    raise InputError("the file declares a document type or an entity: a map needs none")


def _parse(path: Path) -> _Reader:
    """Parse an extract; what is no map, or could grow while it is parsed, is refused."""
    reader, parser = _Reader(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    # Without a document type there are no entities, and so nothing that expands.
    parser.StartDoctypeDeclHandler = _refuse_declarations
    parser.EntityDeclHandler = _refuse_declarations
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise InputError(f"has {size} bytes: must be at most {MAX_BYTES}")
        with path.open("rb") as file:
            parser.ParseFile(file)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None
    except KeyError as error:
        raise InputError(f"an element has no attribute {error}") from None
    except InputError:
        raise
    except (expat.ExpatError, ValueError) as error:
        raise InputError(f"is not a map in OSM's XML: {error}") from None
    return reader


def project(degrees: Floats, corner: tuple[float, float]) -> Floats:
    """Return metres (..., 2) east and north of a corner, of (lon, lat) in degrees (..., 2).

    The equirectangular projection at the corner's latitude, on a sphere of 6,371 km.
    """
    scale = np.array([np.cos(np.radians(corner[1])), 1.0])
    return EARTH_RADIUS * np.radians(degrees - np.array(corner)) * scale


def load_osm(path: str | Path) -> RoadGraph:
    """Return the largest connected road graph of an extract.

    The origin is the south-west corner of the extract's ``bounds``, or, without them, of its
    roads. Whatever lies south or west of the bounds is left out.

    Parameters
    ----------
    path : str or Path
        An ``.osm`` file (XML) of at most 64 MiB and 500,000 nodes.

    Returns
    -------
    RoadGraph
        With the attribution that the map's licence asks for.

    Raises
    ------
    InputError
        If the file is missing, too large, not XML, declares entities, or has no road.
    """
    with within(f"{path}: "):
        graph, _ = _roads(Path(path))
        return graph


def scene_from_osm(path: str | Path, sites: Sequence[Sequence[float]], prbs: int = 50) -> Scene:
    """Return the scene of an extract, as large as its road graph.

    Parameters
    ----------
    path : str or Path
        As in `load_osm`.
    sites : list of [lon, lat]
        Antennas, degrees.
    prbs : int
        Blocks of each cell.

    Raises
    ------
    InputError
        As `load_osm`, or if a site lies outside.
    """
    with within(f"{path}: "):
        graph, corner = _roads(Path(path))
        width, height = graph.points.max(axis=0).tolist()
        metres = project(np.array(sites, dtype=np.float64), corner)
        places = metres.tolist()
        return Scene("roads", width, height, places, prbs, osm=str(path))


def _roads(path: Path) -> tuple[RoadGraph, tuple[float, float]]:
    reader = _parse(path)
    # A way may name nodes that the extract has cut off.
    pairs = [
        (one, other)
        for road in reader.roads
        for one, other in pairwise(road)
        if one != other and one in reader.nodes and other in reader.nodes
    ]
    used = {name: number for number, name in enumerate(dict.fromkeys(chain.from_iterable(pairs)))}
    degrees = np.array([reader.nodes[name] for name in used]).reshape(-1, 2)
    edges = np.array([(used[one], used[other]) for one, other in pairs], dtype=np.int64)
    edges = edges.reshape(-1, 2)
    corner = reader.corner
    if corner is None:
        corner = (0.0, 0.0) if not used else (degrees[:, 0].min(), degrees[:, 1].min())
    points = project(degrees, corner)
    inside = points.min(axis=-1) >= 0
    edges = edges[inside[edges[:, 0]] & inside[edges[:, 1]]]
    return largest_component(points, edges, ATTRIBUTION), corner
