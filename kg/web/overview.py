"""Where things stand on the map of the whole graph: communities first, then what is in them.

Communities are those of Louvain (Blondel et al. 2008) on the graph of entities and papers, mentions left out, the edges weighed by their
supporting papers; they are placed by springs (Fruchterman and Reingold 1991) on the graph of communities and then pushed apart; inside, things lie
on a sunflower spiral (Vogel 1979), the best connected in the middle. Seeded: equal graphs give equal maps.
"""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from kg.stores.base import ensure_index, is_current
from kg.tables import Version
from kg.web.atlas import Array, Atlas, as_json

FOLDER = "explorer"  # of the version
MOST = 120  # communities with a bubble of their own; the rest are one
_EDGES = 120_000  # drawn on the map at most, the best supported
_GOLDEN = np.pi * (3 - np.sqrt(5))


def fill(version: Version, atlas: Atlas) -> Path:
    """The folder with the map, made if it is missing or stale."""
    return ensure_index(version.path / FOLDER, version, lambda path: _make(atlas, path))


def read(folder: Path) -> tuple[dict[str, Any], bytes]:
    """The map: communities and their links, with names of the best connected; and positions, types and edges as bytes (see `packed`)."""
    return json.loads((folder / "map.json").read_text(encoding="utf-8")), (folder / "map.bin").read_bytes()


class Map:
    """The map of a version, made by a process of its own where it is missing."""

    def __init__(self, version: Version) -> None:
        self._folder, self._version = version.path / FOLDER, version
        self._read: tuple[dict[str, Any], bytes] | None = None
        self._maker: Any = None
        if not is_current(self._folder, version):
            self._maker = multiprocessing.get_context("spawn").Process(target=make_map, args=(version,), daemon=True)
            self._maker.start()

    def read(self) -> tuple[dict[str, Any], bytes] | None:
        """See `read`; None while it is being made."""
        if self._read is None and is_current(self._folder, self._version):
            self._read = read(self._folder)
        return self._read

    def close(self) -> None:
        """Make it no further."""
        if self._maker is not None:
            self._maker.kill()


def make_map(version: Version) -> None:
    """Make the map of a version."""
    fill(version, Atlas(version))


def _make(atlas: Atlas, folder: Path) -> None:
    member = _communities(atlas)
    centres, radii = _placed(atlas, member)
    places = _inside(atlas, member, centres, radii)
    (folder / "map.json").write_bytes(as_json(_told(atlas, member, centres, radii)))
    (folder / "map.bin").write_bytes(packed(atlas, places))


def packed(atlas: Atlas, places: Array) -> bytes:
    """Little-endian: numbers of nodes and edges (2 uint32), x and y of each node (float32), source and target of each edge (uint32), degree of
    each node (uint16), type of each node (uint8). Edges come best supported first."""
    edges = atlas.edges
    best = np.lexsort((np.arange(len(edges)), -edges.confidence, -edges.papers))[:_EDGES]
    pairs = np.stack([edges.source[best], edges.target[best]], 1).astype("<u4")
    head = np.array([len(atlas), len(pairs)], "<u4")
    return b"".join(
        (
            head.tobytes(),
            places.astype("<f4").tobytes(),
            pairs.tobytes(),
            np.minimum(atlas.degree, 65535).astype("<u2").tobytes(),
            atlas.type.tobytes(),
        )
    )


def _communities(atlas: Atlas) -> Array:
    """The number of the community of each node, by size; `MOST` for those in none of the largest."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(atlas)))
    mentions = atlas.kinds.index("MENTIONS")
    edges = atlas.edges
    for source, target, kind, papers in zip(
        edges.source.tolist(), edges.target.tolist(), edges.kind.tolist(), edges.papers.tolist(), strict=True
    ):
        if kind != mentions:
            known = graph.get_edge_data(source, target)
            graph.add_edge(source, target, weight=papers + (known["weight"] if known else 0))
    found = nx.community.louvain_communities(graph, seed=7, threshold=1e-4, max_level=6) if len(graph) else []
    ranked = sorted((sorted(one) for one in found if len(one) > 2), key=lambda one: (-len(one), one[0]))
    member = np.full(len(atlas), MOST, np.int32)
    for number, one in enumerate(ranked[:MOST]):
        member[one] = number
    return member


def _placed(atlas: Atlas, member: Array) -> tuple[Array, Array]:
    """Centres and radii of the communities, the last that of the rest."""
    sizes = np.bincount(member, minlength=MOST + 1)
    radii = np.sqrt(sizes) * 6 + 4.0
    graph = nx.Graph()
    graph.add_nodes_from(np.flatnonzero(sizes[:MOST]).tolist())
    for (a, b), weight in _links(atlas, member).items():
        graph.add_edge(a, b, weight=weight / np.sqrt(sizes[a] * sizes[b]))
    centres = np.zeros((MOST + 1, 2))
    if len(graph):
        spread = np.sqrt((radii**2).sum()) * 1.6
        for number, place in nx.spring_layout(graph, seed=7, iterations=80, k=2 / np.sqrt(len(graph))).items():
            centres[number] = np.asarray(place) * spread
    _push_apart(centres, radii, np.flatnonzero(sizes[:MOST]))
    far = np.abs(centres).max(initial=1.0) + radii.max()
    centres[MOST] = (0, far + radii[MOST])
    return centres, radii


def _push_apart(centres: Array, radii: Array, present: Array) -> None:
    """Move overlapping circles away from each other, until none do or it was tried long enough."""
    for _ in range(300):
        delta = centres[present][:, None] - centres[present][None]
        distance = np.sqrt((delta**2).sum(2)) + 1e-6
        wanted = radii[present][:, None] + radii[present][None] + 12
        overlap = np.maximum(0, wanted - distance)
        np.fill_diagonal(overlap, 0)
        if not overlap.any():
            return
        centres[present] += (delta / distance[..., None] * overlap[..., None]).sum(1) * 0.35


def _links(atlas: Atlas, member: Array) -> dict[tuple[int, int], int]:
    """How many edges join each two communities."""
    a, b = member[atlas.edges.source], member[atlas.edges.target]
    low, high = np.minimum(a, b), np.maximum(a, b)
    kept = (low != high) & (high < MOST)
    pairs, counts = np.unique(np.stack([low[kept], high[kept]], 1), axis=0, return_counts=True)
    return {(int(x), int(y)): int(n) for (x, y), n in zip(pairs, counts, strict=True)}


def _inside(atlas: Atlas, member: Array, centres: Array, radii: Array) -> Array:
    places = np.zeros((len(atlas), 2))
    order = np.lexsort((np.arange(len(atlas)), -atlas.degree, member))
    sizes = np.bincount(member, minlength=MOST + 1)
    rank = np.arange(len(atlas)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    mine = member[order]
    reach = radii[mine] * 0.92 * np.sqrt((rank + 0.5) / sizes[mine])
    angle = rank * _GOLDEN + mine
    places[order] = centres[mine] + np.stack([np.cos(angle), np.sin(angle)], 1) * reach[:, None]
    return places


def _told(atlas: Atlas, member: Array, centres: Array, radii: Array) -> dict[str, Any]:
    communities = []
    ranked = np.lexsort((np.arange(len(atlas)), -atlas.degree))
    for number in range(MOST):
        inside = ranked[member[ranked] == number]
        if len(inside):
            named = [int(n) for n in inside if atlas.type[n] != 0][:4] or [int(n) for n in inside[:1]]
            communities.append({
                "number": number, "x": round(float(centres[number, 0]), 1), "y": round(float(centres[number, 1]), 1), "r": round(float(radii[number]), 1),
                "size": len(inside), "papers": int((atlas.type[inside] == 0).sum()), "top": [atlas.node(n) for n in named],
            })  # fmt: skip
    links = sorted(_links(atlas, member).items(), key=lambda item: (-item[1], item[0]))[:400]
    labels = [[int(n), atlas.ids[n], atlas.names[n][:60]] for n in ranked[:3000]]
    return {
        "nodes": len(atlas),
        "types": atlas.types,
        "communities": communities,
        "links": [[a, b, n] for (a, b), n in links],
        "labels": labels,
    }
