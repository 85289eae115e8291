// What is shown: nodes and edges by id, what is chosen and filtered, and the steps that led here, to go back.

const AROUND = 90; // how far new nodes stand from what they were found at

export class Shown {
  constructor() {
    this.nodes = new Map(); // id → { id, name, type, papers, degree, year?, x, y, pinned }
    this.edges = new Map(); // id → { id, source, target, type, confidence, papers }
    this.chosen = new Set(); // ids of nodes
    this.edge = null; // id of the chosen edge
    this.off = { types: new Set(), edges: new Set(), from: null, to: null };
    this.past = [];
    this.future = [];
  }

  // Remember how things are, before they change.
  mark() {
    this.past.push(this.state());
    if (this.past.length > 100) this.past.shift();
    this.future.length = 0;
  }

  state() {
    return {
      nodes: [...this.nodes.values()].map((node) => ({ ...node })),
      edges: [...this.edges.values()],
      chosen: [...this.chosen],
      edge: this.edge,
      off: { types: [...this.off.types], edges: [...this.off.edges], from: this.off.from, to: this.off.to },
    };
  }

  restore(state) {
    this.nodes = new Map(state.nodes.map((node) => [node.id, { ...node }]));
    this.edges = new Map(state.edges.map((edge) => [edge.id, edge]));
    this.chosen = new Set(state.chosen);
    this.edge = state.edge;
    this.off = { ...state.off, types: new Set(state.off.types), edges: new Set(state.off.edges) };
  }

  back(from = this.past, to = this.future) {
    const state = from.pop();
    if (!state) return false;
    to.push(this.state());
    this.restore(state);
    return true;
  }

  forward() {
    return this.back(this.future, this.past);
  }

  // Add what the server told; new nodes stand round `at`. The ids of the new ones.
  add({ nodes, edges }, at = null) {
    const fresh = nodes.filter((node) => !this.nodes.has(node.id));
    const middle = at && this.nodes.get(at);
    fresh.forEach((node, i) => {
      const angle = i * 2.39996, reach = AROUND * (0.6 + Math.sqrt(i + 1) * 0.35);
      this.nodes.set(node.id, {
        ...node, pinned: false,
        x: (middle?.x ?? 0) + (this.nodes.size || fresh.length > 1 ? Math.cos(angle) * reach : 0),
        y: (middle?.y ?? 0) + (this.nodes.size || fresh.length > 1 ? Math.sin(angle) * reach : 0),
      });
    });
    for (const edge of edges) if (this.nodes.has(edge.source) && this.nodes.has(edge.target)) this.edges.set(edge.id, edge);
    return fresh.map((node) => node.id);
  }

  remove(ids) {
    const gone = new Set(ids);
    for (const id of gone) { this.nodes.delete(id); this.chosen.delete(id); }
    for (const [id, edge] of this.edges) if (gone.has(edge.source) || gone.has(edge.target)) this.edges.delete(id);
    if (this.edge && !this.edges.has(this.edge)) this.edge = null;
  }

  visibleNodes() {
    const { types, from, to } = this.off;
    return [...this.nodes.values()].filter((node) => !types.has(node.type)
      && !(node.year && ((from && node.year < from) || (to && node.year > to))));
  }

  visibleEdges(nodes = this.visibleNodes()) {
    const there = new Set(nodes.map((node) => node.id));
    return [...this.edges.values()].filter((edge) => !this.off.edges.has(edge.type) && there.has(edge.source) && there.has(edge.target));
  }
}

// The scene of a renderer for what is shown.
export function sceneOf(shown, typeNumbers, sizeBy) {
  const nodes = shown.visibleNodes(), edges = shown.visibleEdges(nodes);
  const number = new Map(nodes.map((node, i) => [node.id, i]));
  const value = (node) => (sizeBy === "papers" ? node.papers : sizeBy === "none" ? 4 : node.degree);
  const scene = {
    ids: nodes.map((node) => node.id), edgeIds: edges.map((edge) => edge.id), number,
    n: nodes.length, m: edges.length, arrows: true, bubbles: null, links: [],
    x: Float32Array.from(nodes, (node) => node.x), y: Float32Array.from(nodes, (node) => node.y),
    r: Float32Array.from(nodes, (node) => 5 + Math.min(11, Math.sqrt(value(node)) * 0.4)),
    type: Uint8Array.from(nodes, (node) => typeNumbers.get(node.type) ?? 0),
    source: Uint32Array.from(edges, (edge) => number.get(edge.source)), target: Uint32Array.from(edges, (edge) => number.get(edge.target)),
    order: Uint32Array.from(nodes.keys()).sort((a, b) => shown.chosen.has(nodes[b].id) - shown.chosen.has(nodes[a].id) || nodes[b].degree - nodes[a].degree),
    label: (i) => nodes[i].name, chosen: (i) => shown.chosen.has(nodes[i].id),
    edgeChosen: (e) => edges[e].id === shown.edge, edgeLabel: (e) => edges[e].type,
  };
  return scene;
}

// The scene of the map of the whole graph: what /api/overview and /api/overview/map told.
export function sceneOfMap(told, bytes, looks) {
  const [n, m] = new Uint32Array(bytes, 0, 2);
  const places = new Float32Array(bytes, 8, n * 2), pairs = new Uint32Array(bytes, 8 + n * 8, m * 2);
  const degree = new Uint16Array(bytes.slice(8 + n * 8 + m * 8, 8 + n * 8 + m * 8 + n * 2)), type = new Uint8Array(bytes, 8 + n * 8 + m * 8 + n * 2, n);
  const names = new Map(told.labels.map(([number, id, name]) => [number, { id, name }]));
  const turned = told.types.map((name) => looks.findIndex((look) => look.name === name));
  return {
    n, m, least: 0.7, most: 1.2, arrows: false, links: told.links, names,
    x: Float32Array.from({ length: n }, (_, i) => places[2 * i]), y: Float32Array.from({ length: n }, (_, i) => places[2 * i + 1]),
    r: Float32Array.from(degree, (d) => 1.5 + Math.min(8, Math.sqrt(d) * 0.35)), type: type.map((t) => turned[t]),
    source: Uint32Array.from({ length: m }, (_, e) => pairs[2 * e]), target: Uint32Array.from({ length: m }, (_, e) => pairs[2 * e + 1]),
    bubbles: told.communities.map((one) => ({ ...one, label: one.top.map((node) => node.name).slice(0, 2).join(", ") })),
    order: Uint32Array.from(told.labels, ([number]) => number), label: (i) => names.get(i)?.name ?? "",
  };
}
