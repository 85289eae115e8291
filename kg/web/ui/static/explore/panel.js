// The panel beside the picture: one thing, one edge with its sentences, a path; and the table under it.

import { ask, button, byId, countOf, make, pathOf } from "./dom.js";

const dot = (type) => make("span", { className: `dot t-${type}` });

// Text with spans of it marked; spans are {start, end, ...} in code points. Of those that overlap the first is taken.
export function markedText(text, spans, mark) {
  const letters = [...text], parts = [];
  let at = 0;
  for (const span of spans) {
    if (span.start < at || span.end > letters.length) continue;
    parts.push(letters.slice(at, span.start).join(""), mark(letters.slice(span.start, span.end).join(""), span));
    at = span.end;
  }
  parts.push(letters.slice(at).join(""));
  return parts;
}

export class Panel {
  constructor(app) {
    this.app = app;
    this.place = byId("panel");
    this.asked = 0;
  }

  set(...children) {
    this.place.replaceChildren(...children);
    this.place.scrollTop = 0;
  }

  async fill(load, show) {
    const mine = ++this.asked;
    try {
      const got = await load();
      if (mine === this.asked) show(got);
    } catch (error) {
      if (mine === this.asked) this.set(make("p", { textContent: error.message }));
    }
  }

  node(id) {
    return this.fill(() => ask(`/api/entity/${id}`), (it) => this.showNode(it));
  }

  showNode(it) {
    const { app } = this;
    const facts = [it.type, it.year, it.type === "Paper" ? it.venue : countOf(it.papers, "paper"), it.first_year && `since ${it.first_year}`, it.citations && `cited ${it.citations.toLocaleString("en")} times`];
    const parts = [
      make("h2", {}, dot(it.type), it.name),
      make("p", { className: "facts", textContent: facts.filter(Boolean).join(" · ") }),
      make("p", { className: "acts" },
        button("Expand", () => app.expand(it.id), { title: "E" }),
        button("Hide", () => app.hide([it.id]), { title: "H" }),
        it.type === "Dataset" && button("Leaderboard", () => app.table.leaderboard(it)),
        ["Model", "Method"].includes(it.type) && button("Lineage", () => app.lineage(it.id)),
        button("Copy id", () => app.copy(it.id, "id")),
        make("a", { href: pathOf(it), textContent: "Page" }),
      ),
    ];
    if (it.aliases?.length) parts.push(make("p", { textContent: `Also called ${it.aliases.slice(0, 12).join(", ")}${it.aliases.length > 12 ? ", …" : ""}` }));
    if (it.authors?.length) parts.push(make("p", { className: "facts", textContent: it.authors.join(", ") }));
    if (it.abstract) parts.push(this.abstract(it));
    for (const url of [it.url, ...(it.code ?? [])]) if (url?.startsWith("http")) parts.push(make("p", {}, make("a", { href: url, textContent: url, rel: "noreferrer" })));
    if (it.keywords?.length) parts.push(make("p", { className: "facts", textContent: it.keywords.slice(0, 20).join(" · ") }));
    for (const [heading, papers] of [["Cites", it.cites], ["Cited by", it.cited_by]]) {
      if (papers?.length) parts.push(make("h3", { textContent: `${heading} ${papers.length}` }), make("ul", { className: "edges" }, ...papers.slice(0, 50).map((one) => make("li", {}, button(`${one.name} ${one.year || ""}`.trim(), () => app.go(one.id, it.id))))));
    }
    parts.push(make("h3", { textContent: "Edges" }), this.edgeCounts(it));
    const shown = [...app.shown.visibleEdges()].filter((edge) => edge.source === it.id || edge.target === it.id);
    if (shown.length) parts.push(make("h3", { textContent: "Shown" }), make("ul", { className: "edges" }, ...shown.slice(0, 200).map((edge) => this.edgeLine(edge, it.id))));
    this.set(...parts);
  }

  abstract(it) {
    const whole = `${it.name}\n${it.abstract}`, offset = [...it.name].length + 1;
    const spans = it.mentions.filter((one) => one.start >= offset).map((one) => ({ ...one, start: one.start - offset, end: one.end - offset }));
    return make("p", { className: "abstract" }, ...markedText([...whole].slice(offset).join(""), spans, (words, span) => {
      const link = button(words, () => this.app.go(span.entity, this.app.shown.nodes.has(it.id) ? it.id : null), { className: `mention m-${span.type}` });
      return link;
    }));
  }

  edgeCounts(it) {
    const rows = Object.entries(it.edges).flatMap(([name, { out, in: into }]) => [[name, out, "→"], [name, into, "←"]].filter(([, number]) => number));
    return make("ul", { className: "edges" }, ...rows.map(([name, number, way]) =>
      make("li", {}, button(`${way === "→" ? "" : "← "}${name}${way === "→" ? " →" : ""} ${number.toLocaleString("en")}`, () => this.app.expand(it.id, [name]), { title: `Add these neighbours` }))));
  }

  edgeLine(edge, id) {
    const { nodes } = this.app.shown, out = edge.source === id, other = nodes.get(out ? edge.target : edge.source);
    return make("li", {}, button(`${out ? edge.type + " →" : "← " + edge.type} ${other.name}`, () => this.app.chooseEdge(edge.id)));
  }

  edge(edge) {
    return this.fill(() => ask(`/api/evidence?edge=${edge.id}`), (rows) => this.showEdge(edge, rows));
  }

  showEdge(edge, rows) {
    const { app } = this, [source, target] = [edge.source, edge.target].map((id) => app.shown.nodes.get(id));
    this.set(
      make("h2", {}, button(source.name, () => app.choose([source.id]), { className: "link" }), ` ${edge.type} `, button(target.name, () => app.choose([target.id]), { className: "link" })),
      make("p", { className: "facts", textContent: `confidence ${edge.confidence.toFixed(2)} · ${countOf(edge.papers, "paper")} · ${countOf(rows.length, "sentence")}` }),
      ...rows.map((row) => make("figure", { className: "proof" },
        make("blockquote", {}, ...(row.sentence ? markedText(row.sentence, row.marks, (words, span) => make("mark", { textContent: words, className: `m-${span.type}` })) : ["The record does not tell the sentence."])),
        make("figcaption", {}, make("a", { href: pathOf(row.paper), textContent: row.paper.name }), ` ${row.paper.year ?? ""} · confidence ${row.confidence.toFixed(2)} `, button("Add paper", () => app.go(row.paper.id, null)))),
      ),
    );
  }

  path(found, source, target) {
    const { app } = this;
    const steps = found.edges.map((edge, i) => {
      const [a, b] = [found.nodes[i], found.nodes[i + 1]], out = edge.source === a.id;
      return make("li", {}, button(`${a.name} ${out ? `— ${edge.type} →` : `← ${edge.type} —`} ${b.name}`, () => app.chooseEdge(edge.id)));
    });
    this.set(make("h2", { textContent: "Path" }), steps.length
      ? make("ol", { className: "edges" }, ...steps)
      : make("p", { textContent: `There is no path of eight steps from ${source.name} to ${target.name}.` }));
  }

  several(ids) {
    const { app } = this, nodes = ids.map((id) => app.shown.nodes.get(id)), papers = nodes.filter((node) => node.type === "Paper");
    this.set(
      make("h2", { textContent: countOf(ids.length, "thing") }),
      make("p", { className: "acts" },
        ids.length === 2 && button("Path between", () => app.path(), { title: "P" }),
        !papers.length && ids.length < 7 && button("Compare", () => app.table.compareThings(nodes)),
        papers.length > 1 && papers.length < 7 && button("Compare papers", () => app.table.compare(papers)),
        button("Keep only these", () => app.keep(ids)), button("Hide", () => app.hide(ids)), button("Invert", () => app.invert()),
      ),
      make("ul", { className: "edges" }, ...nodes.slice(0, 300).map((node) => make("li", {}, button(node.name, () => app.choose([node.id]))))),
    );
  }

  nothing() {
    ++this.asked;
    this.set(make("p", { className: "facts", textContent: "Choose a thing or an edge to see what is said of it. Double-click, or E, adds its neighbours. ? shows all keys." }));
  }
}

// One small picture per metric and scale: values over years, a dot for each paper, and the best so far as a line.
function charts(rows) {
  const groups = new Map();
  for (const row of rows) {
    if (!row.year) continue;
    const key = `${row.metric}${row.unit ? `, ${row.unit}` : ""}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].filter(([, several]) => new Set(several.map((row) => row.year)).size > 1).slice(0, 4).map(([key, several]) => {
    const svg = (tag, properties, ...children) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
      element.append(...children);
      return element;
    };
    const years = several.map((row) => row.year), values = several.map((row) => row.value), lower = several[0].better === "lower";
    const [y0, y1, v0, v1] = [Math.min(...years), Math.max(...years), Math.min(...values), Math.max(...values)];
    const x = (year) => 34 + ((year - y0) / (y1 - y0 || 1)) * 200, y = (value) => 70 - ((value - v0) / (v1 - v0 || 1)) * 56;
    let best = null;
    const line = [...several].sort((a, b) => a.year - b.year).flatMap((row) => {
      if (best !== null && (lower ? row.value >= best : row.value <= best)) return [];
      best = row.value;
      return [`${x(row.year).toFixed(1)},${y(row.value).toFixed(1)}`];
    }).join(" ");
    const words = (text, properties) => svg("text", { "font-size": 10, fill: "currentColor", ...properties }, text);
    return make("figure", { className: "chart" }, make("figcaption", { textContent: key }),
      svg("svg", { viewBox: "0 0 250 90", width: 250, height: 90, role: "img", "aria-label": `${key} from ${y0} to ${y1}` },
        svg("polyline", { points: line, fill: "none", stroke: "currentColor", "stroke-opacity": 0.5 }),
        ...several.map((row) => svg("circle", { cx: x(row.year), cy: y(row.value), r: 3.5, fill: "#d55e00" }, svg("title", {}, `${row.subject || row.paper}: ${row.printed} ${row.unit}, ${row.year}`))),
        words(v1, { x: 2, y: 17 }), words(v0, { x: 2, y: 74 }), words(y0, { x: 26, y: 88 }), words(y1, { x: 222, y: 88 })));
  });
}

export class Table {
  constructor(app) {
    this.app = app;
    this.drawer = byId("drawer");
    this.kind = "nodes";
    this.sorted = { nodes: ["degree", -1], edges: ["papers", -1] };
    for (const tab of this.drawer.querySelectorAll("[role=tab]")) tab.addEventListener("click", () => this.open(tab.dataset.kind));
    byId("close-drawer").addEventListener("click", () => { this.drawer.hidden = true; app.renderer.resize(); });
  }

  open(kind = this.kind) {
    this.kind = kind;
    this.drawer.hidden = false;
    for (const tab of this.drawer.querySelectorAll("[role=tab]")) tab.setAttribute("aria-selected", tab.dataset.kind === kind);
    this.refresh();
  }

  refresh() {
    if (this.drawer.hidden || !["nodes", "edges"].includes(this.kind)) return;
    const { shown } = this.app, name = (id) => shown.nodes.get(id)?.name ?? "";
    const nodes = shown.visibleNodes();
    if (this.kind === "nodes") {
      this.show(["name", "type", "papers", "degree", "year"], nodes, (node, column) => node[column] ?? "", (node) => shown.chosen.has(node.id), (node, event) => this.app.choose([node.id], event.shiftKey));
    } else {
      const value = { source: (edge) => name(edge.source), target: (edge) => name(edge.target) };
      this.show(["source", "type", "target", "confidence", "papers"], shown.visibleEdges(nodes), (edge, column) => value[column]?.(edge) ?? edge[column], (edge) => shown.edge === edge.id, (edge) => this.app.chooseEdge(edge.id));
    }
  }

  show(columns, rows, value, isChosen, choose) {
    const [by, way] = this.sorted[this.kind] ?? [columns[0], 1];
    const order = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
    const sorted = by === null ? rows : [...rows].sort((a, b) => way * order(value(a, by), value(b, by)));
    const head = make("tr", {}, ...columns.map((column) => make("th", { scope: "col", "aria-sort": column === by ? (way > 0 ? "ascending" : "descending") : "none" }, button(column, () => {
      this.sorted[this.kind] = [column, column === by ? -way : 1];
      this.show(columns, rows, value, isChosen, choose);
    }))));
    const lines = sorted.slice(0, 1000).map((row) => {
      const line = make("tr", { className: isChosen(row) ? "chosen" : "", tabIndex: choose ? 0 : -1 }, ...columns.map((column) => make("td", { textContent: value(row, column) })));
      if (choose) {
        line.addEventListener("click", (event) => choose(row, event));
        line.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(row, event); });
      }
      return line;
    });
    const words = make("p", { className: "facts", textContent: `${countOf(rows.length, "row")}${rows.length > 1000 ? ", 1,000 of them here" : ""}` });
    byId("rows").replaceChildren(words, make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines)));
    this.app.renderer.resize();
  }

  async answer(kind, path, drop = [], more = () => []) {
    this.open(kind);
    try {
      const { columns, rows } = await ask(path);
      this.sorted[kind] = [null, 1];
      const kept = columns.filter((column) => !drop.includes(column));
      const value = (row, column) => row[columns.indexOf(column)] ?? "";
      this.show(kept, rows, value, () => false, (row) => this.app.goTo(kept.map((column) => value(row, column))));
      byId("rows").prepend(...more(rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])))));
    } catch (error) {
      byId("rows").replaceChildren(make("p", { textContent: error.message }));
    }
  }

  leaderboard(dataset) {
    return this.answer("leaderboard", `/api/leaderboard?${new URLSearchParams({ dataset: dataset.name })}`, ["value", "dataset"], charts);
  }

  async compareThings(nodes) {
    this.open("compare");
    try {
      const { things, rows } = await ask(`/api/compare/things?ids=${nodes.map((node) => node.id)}`);
      this.sorted.compare = [null, 1];
      const columns = ["aspect", "thing", "type", ...things.map((thing) => thing.name)];
      this.show(columns, rows, (row, column) => { const i = columns.indexOf(column); return i < 3 ? row[column] : row.cells[i - 3]; }, () => false, (row) => this.app.goTo([row.thing]));
    } catch (error) {
      byId("rows").replaceChildren(make("p", { textContent: error.message }));
    }
  }

  compare(papers) {
    return this.answer("compare", `/api/compare?${new URLSearchParams({ papers: papers.map((paper) => paper.id).join(";") })}`);
  }
}
