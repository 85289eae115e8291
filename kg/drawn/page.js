// What the drawn page can do besides: search, types on and off, the sentences behind what is clicked. `network`, `nodes` and `edges` are pyvis's.
(() => {
  const told = JSON.parse(document.getElementById("told").textContent);
  const byId = (id) => document.getElementById(id);
  const make = (tag, text, ...children) => { const e = document.createElement(tag); e.textContent = text; e.append(...children); return e; };
  const panel = byId("proof"), found = byId("hits"), box = byId("find"), off = new Set();

  function show(title, facts, rows) {
    const close = make("button", "Close");
    close.addEventListener("click", () => { panel.hidden = true; });
    panel.replaceChildren(close, make("h2", title), make("p", facts), ...rows);
    panel.hidden = false;
    panel.scrollTop = 0;
  }

  const quote = ([sentence, paper]) => make("blockquote", sentence || "The record does not tell the sentence.", document.createElement("br"), make("cite", paper));

  function showEdge([source, target, kind, confidence, papers, proofs]) {
    show(`${told.nodes[source].name} ${kind} ${told.nodes[target].name}`, `confidence ${confidence.toFixed(2)}, ${papers} paper${papers === 1 ? "" : "s"}`, proofs.map(quote));
  }

  function showNode(id) {
    const node = told.nodes[id], mine = told.edges.filter(([source, target]) => source === id || target === id);
    const facts = [node.type, node.type === "Paper" ? node.year : `${node.papers} paper${node.papers === 1 ? "" : "s"}`, node.aliases.length ? `also ${node.aliases.join(", ")}` : ""];
    const list = make("ul", "");
    for (const edge of mine) {
      const button = make("button", edge[0] === id ? `${edge[2]} → ${told.nodes[edge[1]].name}` : `← ${edge[2]} ${told.nodes[edge[0]].name}`);
      button.addEventListener("click", () => showEdge(edge));
      list.append(make("li", "", button));
    }
    show(node.name, facts.filter(Boolean).join(" · "), [list]);
  }

  function go(id) {
    found.replaceChildren();
    box.value = "";
    network.selectNodes([id]);
    network.focus(id, { scale: 1.1 });
    showNode(id);
  }

  function look() {
    const words = box.value.trim().toLowerCase();
    const hits = !words ? [] : told.nodes.map((node, id) => ({ node, id, at: Math.min(...[node.name, ...node.aliases].map((form) => form.toLowerCase().indexOf(words)).map((i) => (i < 0 ? Infinity : i))) }))
      .filter((hit) => hit.at < Infinity).sort((a, b) => a.at - b.at || b.node.papers - a.node.papers || a.id - b.id).slice(0, 12);
    found.replaceChildren(...hits.map(({ node, id }) => {
      const button = make("button", `${node.name} `, make("small", node.type));
      button.addEventListener("click", () => go(id));
      return make("li", "", button);
    }));
    if (words && !hits.length) found.replaceChildren(make("li", "Nothing here has that in its name."));
    return hits;
  }

  box.addEventListener("input", look);
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") { const [first] = look(); if (first) go(first.id); } });
  for (const key of document.querySelectorAll("#legend [data-type]")) {
    key.addEventListener("click", () => {
      const { type } = key.dataset;
      if (off.has(type)) off.delete(type); else off.add(type);
      key.setAttribute("aria-pressed", String(!off.has(type)));
      nodes.update(told.nodes.map((node, id) => ({ id, hidden: off.has(node.type) })));
    });
  }
  const numbers = new Map(edges.getIds().map((id, i) => [id, i]));
  network.on("click", ({ nodes: [node], edges: [edge] }) => {
    if (node !== undefined) showNode(node);
    else if (edge !== undefined) showEdge(told.edges[numbers.get(edge)]);
    else panel.hidden = true;
  });
})();
