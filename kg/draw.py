"""A chosen part of the graph → one self-contained HTML page, drawn by pyvis.

The page makes no network request and runs no text of the data as markup: pyvis's links to a CDN are cut out, a
content security policy forbids any request, titles are plain text, node ids are numbers. Positions are
computed here (seeded), so the page does not move while it opens.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.graph import Graph
from kg.model.errors import StoreError, UsageError
from kg.model.vocabulary import load_vocabulary
from kg.projection import PropertyGraph, to_property_graph
from kg.resources import data_path

DEFAULT_NODES = 300
MAX_NODES = 1_000
LABELLED = 70  # more names than this run into each other
_LABEL, _TITLE = 40, 400  # characters shown
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:\">"
)
_STRUCTURE = {"WROTE", "PUBLISHED_IN", "STATES", "OF_SUBJECT", "BY_METRIC", "ON_DATASET", "FOR_TASK", "AGAINST", "CITES"}


@dataclass
class _Picture:
    """The nodes and edges that are drawn: id → row, and (source, type, target) → row."""

    nodes: dict[str, dict[str, Any]]
    edges: dict[tuple[str, str, str], dict[str, Any]]


@dataclass(frozen=True)
class Drawn:
    """What a page shows: its path, and how many nodes and edges of how many that were asked for."""

    path: Path
    nodes: int
    edges: int
    nodes_asked: int


def visualize(graph: Graph, path: Path | str, *, around: str | None = None, hops: int = 1, max_nodes: int = DEFAULT_NODES) -> Drawn:
    """Draw the best-connected part of the graph, or what lies within `hops` of the thing named `around`.

    Raises:
        UsageError: more nodes than a page can hold were asked for.
        UnknownName: nothing is named `around`.
        StoreError: the page cannot be written.
    """
    if not 1 <= max_nodes <= MAX_NODES:
        raise UsageError(
            f"--max-nodes must lie between 1 and {MAX_NODES}; larger pages open too slowly: narrow with --around, or use kg serve"
        )
    if hops < 0:
        raise UsageError("--hops must be 0 or more")
    whole = _whole(to_property_graph(graph.version))
    centres = [row["id"] for row in graph.find(around)] if around else []
    chosen, asked = _choose(whole, centres, hops, max_nodes)
    target = Path(path)
    titles = {row["id"]: row["title"] for row in whole.nodes.values() if row["label"] == "Paper"}
    page = _page(
        chosen, centres, titles, f"{len(chosen.nodes)} of {asked} nodes" if asked > len(chosen.nodes) else f"{asked} nodes"
    )
    try:
        target.write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        raise StoreError(f"{target} cannot be written ({error.strerror or error}); choose another place") from error
    return Drawn(target, len(chosen.nodes), len(chosen.edges), asked)


def _whole(graph: PropertyGraph) -> _Picture:
    """Papers and entities with the edges that state something; one edge per pair and type."""
    wanted = {"Paper", *load_vocabulary().entities}
    nodes = {row["id"]: row for group in graph.nodes if group.label in wanted for row in group.rows}
    edges = {
        (row["source"], group.type, row["target"]): row
        for group in graph.edges
        if group.type not in _STRUCTURE
        for row in group.rows
    }
    return _Picture(nodes, edges)


def _choose(whole: _Picture, centres: list[str], hops: int, limit: int) -> tuple[_Picture, int]:
    """The nodes nearest to the centres, else the best connected; then the edges between them."""
    near: dict[str, set[str]] = defaultdict(set)
    for source, _, target in whole.edges:
        near[source].add(target)
        near[target].add(source)

    def rank(node: str) -> tuple[int, str]:
        return -len(near[node]), node

    if centres:
        order, ring = list(centres), list(centres)
        for _ in range(hops):
            ring = sorted({n for node in ring for n in near[node]} - set(order), key=rank)
            order += ring
    else:
        order = sorted((n for n in whole.nodes if near[n]), key=rank) or sorted(whole.nodes)
    kept = set(order[:limit])
    edges = {key: row for key, row in whole.edges.items() if key[0] in kept and key[2] in kept}
    if not centres:
        touched = {end for key in edges for end in (key[0], key[2])}
        kept = kept & touched or kept
    return _Picture({n: whole.nodes[n] for n in sorted(kept)}, edges), len(order)


def _page(picture: _Picture, centres: list[str], titles: dict[str, str], extent: str) -> str:
    from pyvis.network import Network

    network = Network(height="100vh", width="100%", directed=True, cdn_resources="in_line")
    network.toggle_physics(False)
    numbers = {node: i for i, node in enumerate(picture.nodes)}
    degrees: dict[str, int] = defaultdict(int)
    for source, _, target in picture.edges:
        degrees[source] += 1
        degrees[target] += 1
    places = _layout(picture)
    best = sorted(picture.nodes, key=lambda n: (picture.nodes[n]["label"] == "Paper", -degrees[n], n))
    labelled = {*best[:LABELLED], *centres}
    for node, row in picture.nodes.items():
        look = load_vocabulary().looks[row["label"]]
        x, y = places[node]
        network.add_node(
            numbers[node], label=_cut(_name(row), _LABEL) if node in labelled else " ", title=_tooltip(row), color=look.colour, shape=look.shape,
            size=8 + 3 * min(degrees[node], 60) ** 0.5 + (8 if node in centres else 0), x=x, y=y,
            font={"size": 13 + min(degrees[node], 40) // 4, "strokeWidth": 3, "strokeColor": "#ffffff"},
        )  # fmt: skip
    for (source, kind, target), row in picture.edges.items():
        network.add_edge(
            numbers[source], numbers[target], title=_proof(kind, row), color="#9aa5b1", width=0.6, arrowStrikethrough=False
        )
    network.options.edges.smooth.enabled = False
    network.options.interaction.hover = True
    return _finish(network.generate_html(notebook=False), picture, titles, extent)


def _layout(picture: _Picture) -> dict[str, tuple[float, float]]:
    """Seeded positions in pixels by forces (Fruchterman and Reingold 1991), the middle opened up."""
    import networkx as nx

    graph: Any = nx.Graph()
    graph.add_nodes_from(picture.nodes)
    graph.add_edges_from((source, target) for source, _, target in picture.edges)
    if len(graph) < 2:
        return dict.fromkeys(graph, (0.0, 0.0))
    raw = nx.spring_layout(graph, seed=7, iterations=80, k=2.4 / len(graph) ** 0.5)
    x0, y0 = (sum(float(p[axis]) for p in raw.values()) / len(raw) for axis in (0, 1))
    spread = 75 * max(4, len(graph)) ** 0.5
    places = {}
    for node, (x, y) in raw.items():
        dx, dy = float(x) - x0, float(y) - y0
        pull = spread * max(math.hypot(dx, dy), 1e-6) ** -0.45  # the crowded middle is opened, outliers come nearer
        places[node] = (round(dx * pull * 1.3, 1), round(dy * pull * 0.9, 1))
    return places


def _name(row: dict[str, Any]) -> str:
    return str(row["title"] if row["label"] == "Paper" else row["name"])


def _tooltip(row: dict[str, Any]) -> str:
    lines = [f"{row['label']}: {_name(row)}"]
    if row["label"] == "Paper":
        lines.append(str(row["year"] or ""))
    else:
        lines.append(f"{row['papers']} paper{'s' if row['papers'] != 1 else ''}")
        lines.append(f"also: {', '.join(row['aliases'][:6])}" if row["aliases"] else "")
    return _plain("\n".join(line for line in lines if line))


def _proof(kind: str, row: dict[str, Any]) -> str:
    sentence = next((s for s in row["sentences"] if s), "")
    return _plain(
        f"{kind} (confidence {row['confidence']:.2f}, {row['papers']} paper{'s' if row['papers'] != 1 else ''})\n{sentence}"
    )


def _plain(text: str) -> str:
    """Tooltip text: cut, and without the letters h-r-e-f, which make pyvis switch to tooltips that run markup."""
    return re.sub(r"(?i)(hre)(f)", "\\1\u200b\\2", _cut(text, _TITLE))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _finish(page: str, picture: _Picture, titles: dict[str, str], extent: str) -> str:
    """Cut the CDN tags out, forbid requests, add title, search, legend and what a click shows."""
    page = re.sub(r"<link[^>]+href=\"https?://[^>]*?/?>", "", page, flags=re.DOTALL)
    page = re.sub(r"<script[^>]+src=\"https?://[^>]*>\s*</script>", "", page, flags=re.DOTALL)
    page = re.sub(r"<!--\s*<(?:link|script)[^>]*node_modules.*?-->", "", page, flags=re.DOTALL)
    page = re.sub(r"<center>\s*<h1>.*?</h1>\s*</center>", "", page, flags=re.DOTALL)
    head = f'<head>\n<meta charset="utf-8">\n{_POLICY}\n<title>paperkg: {html.escape(extent)}</title>\n<style>\n{_part("page.css")}</style>'
    page = page.replace("<head>", head, 1).replace("<html>", '<html lang="en">', 1)
    page = page.replace("<body>", f"<body>\n{_legend(picture, extent)}", 1)
    told = json.dumps(_told(picture, titles), ensure_ascii=False).replace("<", "\\u003c")  # no end tag can stand in it
    more = f'<script type="application/json" id="told">{told}</script>\n<script>\n{_part("page.js")}</script>\n'
    return page.replace("</body>", f"{more}</body>", 1)


def _part(name: str) -> str:
    return data_path("drawn", name).read_text(encoding="utf-8")


def _told(picture: _Picture, titles: dict[str, str]) -> dict[str, Any]:
    """What the page shows on a click: nodes by number, and edges as source, target, type, confidence, papers, sentences with their papers."""
    numbers = {node: i for i, node in enumerate(picture.nodes)}
    nodes = [
        {"name": _name(row), "type": row["label"], "papers": row.get("papers", 1), "aliases": list(row.get("aliases", ()))[:12], "year": row.get("year")}
        for row in picture.nodes.values()
    ]  # fmt: skip
    edges = [
        [numbers[source], numbers[target], kind, row["confidence"], row["papers"],
         [[sentence, titles.get(paper, "")] for sentence, paper in zip(row["sentences"], row["paper_ids"], strict=False)][:20]]
        for (source, kind, target), row in picture.edges.items()
    ]  # fmt: skip
    return {"nodes": nodes, "edges": edges}


def _legend(picture: _Picture, extent: str) -> str:
    counts: dict[str, int] = defaultdict(int)
    for row in picture.nodes.values():
        counts[row["label"]] += 1
    looks = load_vocabulary().looks
    items = "".join(
        f'<li><button type="button" data-type="{label}" aria-pressed="true"><span style="color:{looks[label].colour}">'
        f"{_SIGNS[looks[label].shape]}</span> {label} <b>{counts[label]}</b></button></li>"
        for label in ("Paper", *load_vocabulary().entities)
        if counts[label]
    )
    search = '<input id="find" type="search" placeholder="Find" aria-label="Find" autocomplete="off"><ul id="hits"></ul>'
    legend = f'<aside id="legend" aria-label="Legend">{search}<ul>{items}</ul><p>{html.escape(extent)}; click for the sentences</p></aside>'
    return f'{legend}<aside id="proof" aria-label="Sentences" hidden></aside>'


_SIGNS = {"dot": "●", "square": "■", "triangle": "▲", "diamond": "◆", "star": "★", "triangleDown": "▼"}
