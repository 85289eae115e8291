// The explorer: search, picture, panel and table over one graph that is shown, and the address that holds it.

import { ask, button, byId, countOf, make } from "./dom.js";
import { formats, save } from "./files.js";
import { sceneOf, sceneOfMap, Shown } from "./graph.js";
import { Panel, Table } from "./panel.js";
import { Renderer } from "./render.js";

const CAP = 40; // neighbours that one expansion adds
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

class App {
  constructor() {
    this.facts = JSON.parse(byId("facts").textContent);
    this.looks = this.facts.looks;
    this.typeNumbers = new Map(this.looks.map((look, i) => [look.name, i]));
    this.shown = new Shown();
    this.canvas = byId("picture");
    this.renderer = new Renderer(this.canvas, this.looks);
    this.panel = new Panel(this);
    this.table = new Table(this);
    this.sizeBy = "degree";
    this.overview = null; // the map's scene while it is looked at
    this.offsets = new Map(); // id and edge types → how many neighbours were added
    this.layout = new Worker("/ui/explore/layout.js");
    this.layoutNumber = 0;
    this.layout.addEventListener("message", ({ data }) => this.laidOut(data));
    this.panel.nothing();
    this.wireSearch();
    this.wirePicture();
    this.wireTools();
    this.wireKeys();
    addEventListener("hashchange", () => { if (location.hash !== this.hash) this.open(); });
  }

  say(words) { byId("live").textContent = words; }

  // Show a change: scene, legend, table, address, panel.
  refresh({ panel = true, fit = false } = {}) {
    this.overview = null;
    document.body.classList.toggle("landing", !this.shown.nodes.size);
    byId("map-note").hidden = true;
    this.renderer.show(sceneOf(this.shown, this.typeNumbers, this.sizeBy));
    if (fit) this.renderer.fit();
    this.legend();
    this.table.refresh();
    this.remember();
    byId("undo").disabled = !this.shown.past.length;
    byId("redo").disabled = !this.shown.future.length;
    const { n, m } = this.renderer.scene;
    this.canvas.setAttribute("aria-label", `Graph of ${countOf(n, "thing")} and ${countOf(m, "edge")}`);
    byId("counts").textContent = n ? `${countOf(n, "thing")}, ${countOf(m, "edge")}` : "";
    if (!panel) return;
    const chosen = [...this.shown.chosen];
    if (this.shown.edge) this.panel.edge(this.shown.edges.get(this.shown.edge));
    else if (chosen.length === 1) this.panel.node(chosen[0]);
    else if (chosen.length) this.panel.several(chosen);
    else this.panel.nothing();
  }

  // New nodes find their places; those that were there stay.
  settle(fresh, fit) {
    const nodes = this.shown.visibleNodes(), edges = this.shown.visibleEdges(nodes), number = new Map(nodes.map((node, i) => [node.id, i]));
    const moving = new Set(fresh);
    if (!moving.size || nodes.length > 1500) { if (fit) this.renderer.fit(); return; }
    this.laid = { ids: nodes.map((node) => node.id), fit };
    const x = Float32Array.from(nodes, (node) => node.x), y = Float32Array.from(nodes, (node) => node.y);
    this.layout.postMessage({
      number: ++this.layoutNumber, x, y, fixed: Uint8Array.from(nodes, (node) => node.pinned || !moving.has(node.id)),
      source: Uint32Array.from(edges, (edge) => number.get(edge.source)), target: Uint32Array.from(edges, (edge) => number.get(edge.target)),
      steps: nodes.length > 600 ? 40 : 120,
    });
  }

  laidOut({ number, x, y }) {
    if (number !== this.layoutNumber) return;
    this.laid.ids.forEach((id, i) => {
      const node = this.shown.nodes.get(id);
      if (node && !node.pinned) [node.x, node.y] = [x[i], y[i]];
    });
    this.refresh({ panel: false, fit: this.laid.fit });
    document.body.dataset.settled = number;
  }

  async go(id, at) {
    if (this.shown.nodes.has(id)) { this.choose([id]); return; }
    const told = await this.tell(() => ask(`/api/nodes?ids=${[id, ...this.shown.nodes.keys()].slice(0, 1000)}`));
    if (!told) return;
    const node = told.nodes.find((one) => one.id === id) ?? told.nodes[0];
    if (!node) return;
    this.shown.mark();
    const fresh = this.shown.add({ nodes: [node], edges: told.edges }, at ?? [...this.shown.chosen][0]);
    this.shown.chosen = new Set([node.id]);
    this.shown.edge = null;
    this.refresh({ fit: this.shown.nodes.size === 1 });
    this.settle(this.shown.nodes.size > 1 ? fresh : [], false);
    this.say(`${node.type} ${node.name}, ${countOf(node.degree, "neighbour")}`);
    if (this.shown.nodes.size === 1) await this.expand(node.id);
  }

  // To the things that cells of a table name, if there are such.
  async goTo(cells) {
    for (const words of cells.filter((cell) => typeof cell === "string" && cell && cell.length <= 200)) {
      const found = await this.tell(() => ask(`/api/search?${new URLSearchParams({ q: words, limit: 1 })}`));
      if (found?.[0] && [found[0].name, found[0].form].some((form) => form.toLowerCase() === words.toLowerCase())) await this.go(found[0].id, null);
    }
  }

  // The saved questions, each with a form; the answer stands in the table, a row's things can be opened.
  async question(name) {
    const questions = await this.tell(() => ask("/api/queries")), one = questions?.find((question) => question.name === name);
    if (!one) return;
    const dialog = byId("asked"), form = make("form", {}, make("h2", { textContent: one.title }), make("p", { textContent: one.description }));
    const chosen = this.shown.nodes.get([...this.shown.chosen][0]);
    const inputs = one.parameters.map((parameter) => {
      const fits = chosen && (parameter.kind === "entity" || parameter.kind === chosen.type.toLowerCase());
      return make("input", { name: parameter.name, placeholder: parameter.example, required: parameter.default === null, value: fits ? chosen.name : "", maxLength: 500 });
    });
    one.parameters.forEach((parameter, i) => form.append(make("label", {}, `${parameter.name} `, make("small", { textContent: parameter.help }), inputs[i])));
    const close = make("button", { type: "button", textContent: "Close" });
    close.addEventListener("click", () => dialog.close());
    form.append(make("p", { className: "acts" }, make("button", { textContent: "Ask" }), close));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close();
      const given = new URLSearchParams(inputs.filter((input) => input.value.trim()).map((input) => [input.name, input.value]));
      this.table.answer("answer", `/api/queries/${name}?${given}`);
    });
    dialog.replaceChildren(form);
    dialog.showModal();
  }

  async tell(load) {
    try {
      return await load();
    } catch (error) {
      this.say(error.message);
      byId("notice").textContent = error.message;
      return null;
    }
  }

  async expand(id, edges = []) {
    const key = `${id} ${edges}`, offset = this.offsets.get(key) ?? 0;
    const query = new URLSearchParams([["id", id], ["limit", CAP], ["offset", offset], ...edges.map((name) => ["edge", name])]);
    const told = await this.tell(() => ask(`/api/neighbours?${query}`));
    if (!told) return;
    const all = await this.tell(() => ask(`/api/nodes?ids=${[...new Set([...told.nodes.map((node) => node.id), ...this.shown.nodes.keys()])].slice(0, 1000)}`));
    this.shown.mark();
    const first = this.shown.nodes.size === 1;
    const fresh = this.shown.add({ nodes: told.nodes, edges: [...told.edges, ...(all?.edges ?? [])] }, id);
    this.offsets.set(key, offset + told.nodes.length);
    const left = told.total - offset - told.nodes.length;
    this.refresh();
    this.settle(fresh, first);
    const words = `${countOf(fresh.length, "neighbour")} added${left > 0 ? `, ${left.toLocaleString("en")} more: expand again` : ""}`;
    byId("notice").textContent = words;
    this.say(words);
  }

  async depth() {
    const ids = this.shown.chosen.size ? [...this.shown.chosen] : [...this.shown.nodes.keys()];
    const near = this.shown.visibleEdges().flatMap((edge) => (ids.includes(edge.source) ? [edge.target] : ids.includes(edge.target) ? [edge.source] : []));
    const found = [];
    for (const id of [...new Set(near)].slice(0, 30)) {
      const told = await this.tell(() => ask(`/api/neighbours?id=${id}&limit=5`));
      if (told) found.push(told);
    }
    this.shown.mark();
    const fresh = found.flatMap((told, i) => this.shown.add(told, [...new Set(near)][i]));
    this.refresh();
    this.settle(fresh, true);
    byId("notice").textContent = `${countOf(fresh.length, "thing")} one step further`;
  }

  async path() {
    const [source, target] = [...this.shown.chosen].map((id) => this.shown.nodes.get(id));
    if (!target || this.shown.chosen.size !== 2) { byId("notice").textContent = "Choose two things (Shift and click), then P."; return; }
    const told = await this.tell(() => ask(`/api/path?source=${source.id}&target=${target.id}`));
    if (!told) return;
    this.shown.mark();
    const fresh = this.shown.add(told, source.id);
    for (const node of told.nodes) this.shown.chosen.add(node.id);
    this.refresh({ panel: false });
    this.settle(fresh, false);
    this.panel.path(told, source, target);
    this.say(told.edges.length ? `Path of ${countOf(told.edges.length, "step")}` : "No path");
  }

  // What a thing builds on to the left, what builds on it to the right.
  async lineage(id) {
    const kinds = ["BASED_ON", "SUBCLASS_OF", "PART_OF"], columns = new Map([[id, 0]]);
    this.shown.mark();
    for (const way of [-1, 1]) {
      let fringe = [id];
      for (let step = 1; step <= 3 && fringe.length; step++) {
        const next = new Set();
        for (const one of fringe.slice(0, 12)) {
          const query = new URLSearchParams([["id", one], ["limit", 12], ...kinds.map((kind) => ["edge", kind])]);
          const told = await this.tell(() => ask(`/api/neighbours?${query}`));
          if (!told) continue;
          const edges = told.edges.filter((edge) => (way < 0 ? edge.source : edge.target) === one);
          const ids = new Set(edges.map((edge) => (way < 0 ? edge.target : edge.source)));
          this.shown.add({ nodes: told.nodes.filter((node) => ids.has(node.id)), edges }, one);
          for (const other of ids) if (!columns.has(other)) { columns.set(other, way * step); next.add(other); }
        }
        fringe = [...next];
      }
    }
    this.shown.remove([...this.shown.nodes.keys()].filter((other) => !columns.has(other)));
    const heights = new Map();
    for (const [other, column] of columns) {
      const node = this.shown.nodes.get(other);
      if (!node) continue;
      const height = heights.get(column) ?? 0;
      heights.set(column, height + 1);
      Object.assign(node, { x: column * 260, y: (height % 2 ? 1 : -1) * Math.ceil(height / 2) * 46, pinned: true });
    }
    this.shown.chosen = new Set([id]);
    this.shown.edge = null;
    this.refresh({ fit: true });
    byId("notice").textContent = columns.size > 1 ? "Left: what it builds on. Right: what builds on it." : "Nothing is said of what it builds on, or what builds on it.";
  }

  choose(ids, also = false) {
    this.shown.edge = null;
    if (!also) this.shown.chosen.clear();
    for (const id of ids) if (also && ids.length === 1 && this.shown.chosen.has(id)) this.shown.chosen.delete(id); else this.shown.chosen.add(id);
    this.refresh();
    const node = ids.length === 1 && this.shown.nodes.get(ids[0]);
    if (node) this.say(`${node.type} ${node.name}, ${countOf(node.degree, "neighbour")}`);
  }

  chooseEdge(id) {
    this.shown.edge = id;
    this.shown.chosen.clear();
    this.refresh();
  }

  hide(ids) {
    if (!ids.length) return;
    this.shown.mark();
    this.shown.remove(ids);
    this.refresh();
    this.say(`${countOf(ids.length, "thing")} hidden`);
  }

  keep(ids) {
    const kept = new Set(ids);
    this.hide([...this.shown.nodes.keys()].filter((id) => !kept.has(id)));
  }

  invert() {
    this.choose(this.shown.visibleNodes().map((node) => node.id).filter((id) => !this.shown.chosen.has(id)));
  }

  undo() { if (this.shown.back()) { this.offsets.clear(); this.refresh(); } }
  redo() { if (this.shown.forward()) this.refresh(); }

  async copy(words, what) {
    try {
      await navigator.clipboard.writeText(words);
      byId("notice").textContent = `Copied the ${what}.`;
    } catch {
      byId("notice").textContent = words;
    }
  }

  legend() {
    const { shown } = this, nodes = [...shown.nodes.values()], edges = [...shown.edges.values()];
    const rows = (all, off, group) => Object.entries(all.reduce((counts, one) => ({ ...counts, [one.type]: (counts[one.type] ?? 0) + 1 }), {}))
      .sort(([a], [b]) => a.localeCompare(b)).map(([type, number]) => {
        const row = make("button", { type: "button", className: "key", "aria-pressed": String(!off.has(type)), title: "Click: show or hide. Alt and click: only this.", data: { group, type } },
          group === "types" ? make("span", { className: `dot t-${type}` }) : null, `${type} `, make("small", { textContent: number.toLocaleString("en") }));
        row.addEventListener("click", (event) => {
          shown.mark();
          const others = [...new Set(all.map((one) => one.type))].filter((one) => one !== type);
          if (event.altKey) { off.clear(); for (const one of others) off.add(one); }
          else if (off.has(type)) off.delete(type);
          else off.add(type);
          this.refresh({ panel: false });
        });
        return row;
      });
    byId("legend").replaceChildren(...rows(nodes, shown.off.types, "types"), make("hr"), ...rows(edges, shown.off.edges, "edges"));
    byId("legend").hidden = !nodes.length;
  }

  // The address: what is shown, chosen and filtered, and where one looks.
  remember() {
    const { shown, renderer } = this, { x, y, k } = renderer.camera;
    const fields = new URLSearchParams();
    if (shown.nodes.size) {
      fields.set("n", [...shown.nodes.values()].slice(0, 500).map((node) => `${node.id}@${Math.round(node.x)},${Math.round(node.y)}${node.pinned ? "!" : ""}`).join(" "));
      if (shown.chosen.size) fields.set("s", [...shown.chosen].join(" "));
      if (shown.edge) fields.set("e", shown.edge);
      if (shown.off.types.size) fields.set("t", [...shown.off.types].join(" "));
      if (shown.off.edges.size) fields.set("r", [...shown.off.edges].join(" "));
      if (shown.off.from || shown.off.to) fields.set("y", `${shown.off.from ?? ""} ${shown.off.to ?? ""}`);
      fields.set("c", [x.toFixed(0), y.toFixed(0), k.toFixed(3)].join(" "));
    }
    this.hash = fields.size ? `#${fields}` : "";
    history.replaceState(null, "", this.hash || location.pathname);
  }

  async open() {
    const fields = new URLSearchParams(location.hash.slice(1)), only = /^[0-9a-f]{16}$/.test(location.hash.slice(1)) ? location.hash.slice(1) : null;
    if (only) { await this.go(only); return; }
    const places = new Map((fields.get("n") ?? "").split(" ").filter(Boolean).map((one) => {
      const [id, place = "0,0"] = one.split("@");
      const [x, y] = place.replace("!", "").split(",").map(Number);
      return [id, { x: x || 0, y: y || 0, pinned: place.endsWith("!") }];
    }));
    this.shown = new Shown();
    if (places.size) {
      const told = await this.tell(() => ask(`/api/nodes?ids=${[...places.keys()]}`));
      if (told) this.shown.add(told);
      for (const [id, place] of places) Object.assign(this.shown.nodes.get(id) ?? {}, place);
      const words = (name) => (fields.get(name) ?? "").split(" ").filter(Boolean);
      this.shown.chosen = new Set(words("s").filter((id) => this.shown.nodes.has(id)));
      if (this.shown.edges.has(fields.get("e"))) this.shown.edge = fields.get("e");
      this.shown.off.types = new Set(words("t"));
      this.shown.off.edges = new Set(words("r"));
      const [from, to] = (fields.get("y") ?? " ").split(" ");
      Object.assign(this.shown.off, { from: Number(from) || null, to: Number(to) || null });
      [byId("from").value, byId("to").value] = [from, to];
      const [x, y, k] = (fields.get("c") ?? "").split(" ").map(Number);
      if (k > 0) this.renderer.camera = { x, y, k };
    }
    const fit = places.size > 0 && !fields.get("c");
    this.refresh({ fit });
    if (!places.size) this.landing();
  }

  // Nothing is shown yet: the map of the whole graph, behind the questions.
  async landing() {
    const told = await this.tell(() => ask("/api/overview"));
    if (!told || this.shown.nodes.size) return;
    if (!told.ready) {
      byId("map-note").hidden = false;
      byId("map-note").textContent = "The map of the graph is being drawn …";
      setTimeout(() => { if (!this.shown.nodes.size && !this.overview) this.landing(); }, 1500);
      return;
    }
    const response = await fetch("/api/overview/map");
    if (!response.ok || this.shown.nodes.size) return;
    this.overview = sceneOfMap(told, await response.arrayBuffer(), this.looks);
    byId("map-note").hidden = false;
    byId("map-note").textContent = `The whole graph: ${countOf(this.overview.n, "thing")} in ${countOf(told.communities.length, "community", "communities")}. Click one to come near, a thing to open it.`;
    this.renderer.show(this.overview);
    this.renderer.fit();
    document.body.dataset.map = "drawn";
  }

  home() {
    if (this.shown.nodes.size) { this.shown.mark(); this.shown.remove([...this.shown.nodes.keys()]); }
    this.offsets.clear();
    this.refresh();
    this.landing();
  }

  wireSearch() {
    const input = byId("search"), list = byId("found");
    let timer = 0, number = 0, at = -1, rows = [];
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); at = -1; };
    const point = (to) => {
      at = (to + rows.length) % rows.length;
      [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
      input.setAttribute("aria-activedescendant", `found-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
    };
    const take = (row) => { close(); input.value = ""; this.go(row.id); this.canvas.focus(); };
    const look = async () => {
      const mine = ++number, words = input.value.trim();
      if (!words) { close(); return; }
      const found = await this.tell(() => ask(`/api/search?${new URLSearchParams({ q: words, limit: 12 })}`));
      if (mine !== number || !found) return;
      rows = found;
      list.replaceChildren(...(rows.length ? rows.map((row, i) => {
        const item = make("li", { id: `found-${i}`, role: "option" }, make("span", { className: `dot t-${row.kind}` }), row.name,
          make("small", { textContent: ` ${row.kind}${row.kind === "Paper" ? (row.papers ? `, ${row.papers}` : "") : `, ${countOf(row.papers, "paper")}`}${row.form === row.name ? "" : `, also called ${row.form}`}` }));
        item.addEventListener("mousedown", (event) => { event.preventDefault(); take(row); });
        return item;
      }) : [make("li", { textContent: "Nothing has a word that begins so." })]));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      if (rows.length) point(0);
    };
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 80); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", async (event) => {
      if (event.key === "Escape") { close(); input.value = ""; }
      if (event.key === "ArrowDown" && rows.length) { event.preventDefault(); point(at + 1); }
      if (event.key === "ArrowUp" && rows.length) { event.preventDefault(); point(at - 1); }
      if (event.key === "Enter") {
        event.preventDefault();
        if (list.hidden || at < 0) { clearTimeout(timer); await look(); }
        if (rows[at]) take(rows[at]);
      }
    });
    input.form.addEventListener("submit", (event) => event.preventDefault());
  }

  wirePicture() {
    const { canvas, renderer } = this;
    const touches = new Map();
    let drag = null;
    const place = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      renderer.zoom(Math.exp(-Math.max(-200, Math.min(200, event.deltaY)) * 0.002), ...place(event));
      this.later();
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      const [x, y] = place(event);
      touches.set(event.pointerId, [x, y]);
      drag = { x, y, from: [x, y], node: this.overview ? -1 : renderer.at(x, y), moved: false, box: event.shiftKey };
    });
    canvas.addEventListener("pointermove", (event) => {
      const [x, y] = place(event);
      if (touches.size === 2 && touches.has(event.pointerId)) {
        const spread = () => { const [[ax, ay], [bx, by]] = touches.values(); return [Math.hypot(ax - bx, ay - by), (ax + bx) / 2, (ay + by) / 2]; };
        const [before] = spread();
        touches.set(event.pointerId, [x, y]);
        const [after, cx, cy] = spread();
        renderer.zoom(after / (before || 1), cx, cy);
        if (drag) drag.moved = true;
        return;
      }
      if (!drag || !touches.size) { this.hover(renderer.at(x, y)); return; }
      touches.set(event.pointerId, [x, y]);
      if (!drag.moved && Math.hypot(x - drag.from[0], y - drag.from[1]) < 4) return;
      const [dx, dy] = [x - drag.x, y - drag.y];
      if (!drag.moved && drag.node >= 0 && !drag.box) this.shown.mark();
      drag.moved = true;
      [drag.x, drag.y] = [x, y];
      if (drag.box) this.box(drag.from, [x, y]);
      else if (drag.node >= 0) this.moveNode(drag.node, dx, dy);
      else renderer.pan(dx, dy);
    });
    const up = (event) => {
      touches.delete(event.pointerId);
      if (!drag) return;
      const was = drag;
      drag = touches.size ? drag : null;
      byId("box").hidden = true;
      if (was.box && was.moved) this.chooseBox(was.from, place(event));
      else if (!was.moved) this.click(...place(event), event);
      else this.later();
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", () => this.hover(-1));
    canvas.addEventListener("contextmenu", (event) => {
      const i = this.overview ? -1 : renderer.at(...place(event));
      if (i < 0) return;
      event.preventDefault();
      this.menu(renderer.scene.ids[i], ...place(event));
    });
    canvas.addEventListener("dblclick", (event) => {
      const i = this.overview ? -1 : renderer.at(...place(event));
      if (i >= 0) this.expand(renderer.scene.ids[i]);
    });
  }

  // What can be done with a thing, where it was clicked.
  menu(id, x, y) {
    const node = this.shown.nodes.get(id), list = byId("menu");
    if (!this.shown.chosen.has(id)) this.choose([id]);
    const close = () => { list.hidden = true; this.canvas.focus(); };
    const acts = [["Expand", () => this.expand(id)], ["Hide", () => this.hide([...this.shown.chosen])], ["Keep only", () => this.keep([...this.shown.chosen])],
      [node.pinned ? "Let go" : "Pin", () => { this.shown.mark(); node.pinned = !node.pinned; this.refresh({ panel: false }); }],
      ...(["Model", "Method"].includes(node.type) ? [["Lineage", () => this.lineage(id)]] : []), ["Copy name", () => this.copy(node.name, "name")]];
    list.replaceChildren(...acts.map(([words, act]) => button(words, () => { close(); act(); }, { role: "menuitem" })));
    list.onkeydown = (event) => {
      const at = [...list.children].indexOf(document.activeElement), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); list.children[(at + step + list.children.length) % list.children.length].focus(); }
      if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); close(); }
      event.stopPropagation();
    };
    list.onfocusout = (event) => { if (!list.contains(event.relatedTarget)) list.hidden = true; };
    Object.assign(list.style, { left: `${Math.min(x, this.renderer.width - 140)}px`, top: `${Math.min(y, this.renderer.height - 200)}px` });
    list.hidden = false;
    list.firstChild.focus();
  }

  hover(i) {
    if (i === this.renderer.hover) return;
    this.renderer.hover = i;
    this.canvas.style.cursor = i >= 0 ? "pointer" : "";
    if (!this.overview || i >= 0 || this.renderer.scene.n < 3000) this.renderer.draw(Boolean(this.overview));
  }

  async click(x, y, event) {
    const { renderer } = this, i = renderer.at(x, y);
    if (this.overview) {
      const near = renderer.camera.k > 0.45;
      if (i >= 0 && near) {
        const node = this.overview.names.get(i) ?? await this.tell(() => ask(`/api/overview/node?number=${i}`));
        if (node) this.go(node.id);
        return;
      }
      const bubble = this.overview.bubbles.find((one) => Math.hypot(renderer.wx(x) - one.x, renderer.wy(y) - one.y) < one.r);
      if (bubble) {
        renderer.camera = { x: bubble.x, y: bubble.y, k: Math.min(renderer.width, renderer.height) / (bubble.r * 2.3) };
        renderer.draw();
        byId("notice").textContent = `${countOf(bubble.size, "thing")}: ${bubble.top.map((node) => node.name).join(", ")} …`;
      }
      return;
    }
    if (i >= 0) { this.choose([renderer.scene.ids[i]], event.shiftKey); return; }
    const e = renderer.edgeAt(x, y);
    if (e >= 0) this.chooseEdge(renderer.scene.edgeIds[e]);
    else if (!event.shiftKey && (this.shown.chosen.size || this.shown.edge)) this.choose([]);
  }

  moveNode(i, dx, dy) {
    const { renderer } = this, { scene } = renderer, node = this.shown.nodes.get(scene.ids[i]);
    node.x = scene.x[i] += dx / renderer.camera.k;
    node.y = scene.y[i] += dy / renderer.camera.k;
    node.pinned = true;
    renderer.grid = null;
    renderer.draw();
  }

  box([ax, ay], [bx, by]) {
    Object.assign(byId("box").style, { left: `${Math.min(ax, bx)}px`, top: `${Math.min(ay, by)}px`, width: `${Math.abs(ax - bx)}px`, height: `${Math.abs(ay - by)}px` });
    byId("box").hidden = false;
  }

  chooseBox([ax, ay], [bx, by]) {
    const { renderer } = this, { scene } = renderer;
    if (this.overview) return;
    const inside = (i) => { const x = renderer.sx(scene.x[i]), y = renderer.sy(scene.y[i]); return x > Math.min(ax, bx) && x < Math.max(ax, bx) && y > Math.min(ay, by) && y < Math.max(ay, by); };
    this.choose(scene.ids.filter((_, i) => inside(i)));
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (!this.overview) this.remember(); }, 250);
  }

  wireTools() {
    const zoomed = (factor) => () => { this.renderer.zoom(factor); this.later(); };
    const acts = {
      "zoom-in": zoomed(1.4), "zoom-out": zoomed(1 / 1.4), fit: () => { this.fit(); }, undo: () => this.undo(), redo: () => this.redo(),
      "open-table": () => this.table.open(), further: () => this.depth(), home: () => this.home(), help: () => byId("keys").showModal(),
      link: () => this.copy(location.href, "link"),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
    };
    for (const [id, act] of Object.entries(acts)) byId(id).addEventListener("click", act);
    byId("save").addEventListener("change", (event) => { const format = event.target.value; event.target.value = ""; if (format) save(format, this); });
    byId("save").append(...formats.map((format) => make("option", { value: format, textContent: format.toUpperCase() })));
    byId("ask").addEventListener("change", (event) => { const name = event.target.value; event.target.value = ""; if (name) this.question(name); });
    byId("size").addEventListener("change", (event) => { this.sizeBy = event.target.value; this.refresh({ panel: false }); });
    for (const [id, name] of [["from", "from"], ["to", "to"]]) {
      byId(id).addEventListener("change", (event) => { this.shown.mark(); this.shown.off[name] = Number(event.target.value) || null; this.refresh({ panel: false }); });
    }
    for (const chip of document.querySelectorAll("[data-open]")) chip.addEventListener("click", (event) => { event.preventDefault(); this.go(chip.dataset.open); });
    byId("close-keys").addEventListener("click", () => byId("keys").close());
  }

  fit() {
    const { scene } = this.renderer;
    const chosen = scene?.number && this.shown.chosen.size > 1 ? [...this.shown.chosen].map((id) => scene.number.get(id)).filter((i) => i !== undefined) : null;
    this.renderer.fit(chosen?.length ? chosen : null);
    this.later();
  }

  wireKeys() {
    const chosen = () => [...this.shown.chosen];
    const keys = {
      "/": () => byId("search").focus(), e: () => chosen().forEach((id) => this.expand(id)), h: () => this.hide(chosen()), k: () => chosen().length && this.keep(chosen()),
      f: () => this.fit(), p: () => this.path(), t: () => this.table.open(), "?": () => byId("keys").showModal(), "+": () => this.renderer.zoom(1.4), "-": () => this.renderer.zoom(1 / 1.4),
      m: () => { const [id] = chosen(), at = this.renderer.scene.number?.get(id); if (at !== undefined) this.menu(id, this.renderer.sx(this.renderer.scene.x[at]), this.renderer.sy(this.renderer.scene.y[at])); },
      i: () => this.invert(), a: () => this.choose(this.shown.visibleNodes().map((node) => node.id)), "]": () => this.cycle(1), "[": () => this.cycle(-1), Escape: () => this.choose([]),
    };
    addEventListener("keydown", (event) => {
      if (event.target.matches("input, select, textarea, dialog *") || byId("keys").open || byId("asked").open) return;
      const ctrl = event.ctrlKey || event.metaKey;
      if (ctrl && event.key.toLowerCase() === "z") { event.preventDefault(); if (event.shiftKey) this.redo(); else this.undo(); return; }
      if (ctrl && event.key.toLowerCase() === "y") { event.preventDefault(); this.redo(); return; }
      if (ctrl || event.altKey) return;
      if (event.target === this.canvas && event.key.startsWith("Arrow")) { event.preventDefault(); this.step(event.key.slice(5)); return; }
      if (event.target === this.canvas && event.key === "Enter") { this.panel.place.focus(); return; }
      const act = keys[event.key] ?? keys[event.key.toLowerCase()];
      if (act) { event.preventDefault(); act(); }
    });
  }

  // To the nearest thing in a direction; with nothing chosen, to the best connected, or the picture moves.
  step(way) {
    const { scene } = this.renderer, [ux, uy] = { Left: [-1, 0], Right: [1, 0], Up: [0, -1], Down: [0, 1] }[way];
    if (this.overview || !scene?.n) { this.renderer.pan(-ux * 60, -uy * 60); return; }
    const at = scene.number.get([...this.shown.chosen][0]);
    if (at === undefined) { this.choose([scene.ids[scene.order[0]]]); return; }
    let best = -1, least = Infinity;
    for (let i = 0; i < scene.n; i++) {
      const dx = scene.x[i] - scene.x[at], dy = scene.y[i] - scene.y[at], along = dx * ux + dy * uy, off = Math.abs(dx * uy) + Math.abs(dy * ux);
      if (i !== at && along > 1 && along + 2 * off < least) { least = along + 2 * off; best = i; }
    }
    if (best >= 0) this.choose([scene.ids[best]]);
  }

  cycle(way) {
    const id = this.cycled?.around ?? [...this.shown.chosen][0];
    if (!id || !this.shown.nodes.has(id)) return;
    const near = [...new Set(this.shown.visibleEdges().flatMap((edge) => (edge.source === id ? [edge.target] : edge.target === id ? [edge.source] : [])))];
    if (!near.length) return;
    const at = ((this.cycled?.around === id ? this.cycled.at : -1) + way + near.length) % near.length;
    this.choose([near[at]]);
    this.cycled = { around: id, at };
  }
}

const app = new App();
window.explorer = { // for tests, and for the curious
  app,
  state: () => ({ nodes: [...app.shown.nodes.keys()], edges: [...app.shown.edges.keys()], chosen: [...app.shown.chosen], edge: app.shown.edge,
    visible: app.shown.visibleNodes().map((node) => node.id), camera: app.renderer.camera, still: STILL.matches }),
};
await app.open();
document.body.dataset.ready = "yes";
