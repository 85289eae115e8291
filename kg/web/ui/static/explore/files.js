// What is shown, as files: PNG, SVG, GEXF, CSV, JSON, Turtle.

import { shapePath, short } from "./render.js";

const xml = (text) => String(text).replace(/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd").replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const cell = (value) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
const turtle = (text) => JSON.stringify(String(text)).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");

function lists(shown) {
  const nodes = shown.visibleNodes();
  return { nodes, edges: shown.visibleEdges(nodes) };
}

function csv(rows) {
  const columns = Object.keys(rows[0] ?? {});
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

class SvgPath { // takes what a canvas path takes
  constructor() { this.d = ""; }
  moveTo(x, y) { this.d += `M${x.toFixed(1)} ${y.toFixed(1)}`; }
  lineTo(x, y) { this.d += `L${x.toFixed(1)} ${y.toFixed(1)}`; }
  closePath() { this.d += "Z"; }
  rect(x, y, w, h) { this.d += `M${x.toFixed(1)} ${y.toFixed(1)}h${w.toFixed(1)}v${h.toFixed(1)}h${(-w).toFixed(1)}Z`; }
  arc(x, y, r) { this.d = `M${(x + r).toFixed(1)} ${y.toFixed(1)}A${r} ${r} 0 1 1 ${(x - r).toFixed(1)} ${y.toFixed(1)}A${r} ${r} 0 1 1 ${(x + r).toFixed(1)} ${y.toFixed(1)}Z`; }
}

const writers = {
  csv: (shown) => {
    const { nodes, edges } = lists(shown), names = new Map(nodes.map((node) => [node.id, node.name]));
    return csv(edges.map(({ id, source, target, type, confidence, papers }) => ({
      id, source, source_name: names.get(source), type, target, target_name: names.get(target), confidence, papers })));
  },
  json: (shown) => {
    const { nodes, edges } = lists(shown);
    return JSON.stringify({ nodes: nodes.map(({ x, y, pinned, ...rest }) => ({ ...rest, x: Math.round(x), y: Math.round(y) })), edges }, null, 1) + "\n";
  },
  gexf: (shown, app) => {
    const { nodes, edges } = lists(shown), colour = (type) => app.looks.find((look) => look.name === type).colour;
    const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    return `<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3"><graph defaultedgetype="directed" mode="static">
<attributes class="node"><attribute id="0" title="type" type="string"/><attribute id="1" title="papers" type="integer"/></attributes>
<attributes class="edge"><attribute id="0" title="type" type="string"/><attribute id="1" title="confidence" type="double"/></attributes>
<nodes>
${nodes.map((node) => {
    const [r, g, b] = rgb(colour(node.type));
    return `<node id="${xml(node.id)}" label="${xml(node.name)}"><attvalues><attvalue for="0" value="${xml(node.type)}"/><attvalue for="1" value="${node.papers}"/></attvalues><viz:color r="${r}" g="${g}" b="${b}"/><viz:position x="${node.x.toFixed(1)}" y="${(-node.y).toFixed(1)}" z="0"/></node>`;
  }).join("\n")}
</nodes>
<edges>
${edges.map((edge) => `<edge id="${xml(edge.id)}" source="${xml(edge.source)}" target="${xml(edge.target)}" label="${xml(edge.type)}" weight="${edge.papers}"><attvalues><attvalue for="0" value="${xml(edge.type)}"/><attvalue for="1" value="${edge.confidence}"/></attvalues></edge>`).join("\n")}
</edges></graph></gexf>
`;
  },
  svg: (shown, app) => {
    const { renderer: r } = app, { scene } = r, { ink, soft, back } = r.style;
    const lines = [`<svg xmlns="http://www.w3.org/2000/svg" width="${r.width}" height="${r.height}" viewBox="0 0 ${r.width} ${r.height}" font-family="system-ui, sans-serif" font-size="12">`, `<rect width="100%" height="100%" fill="${back}"/>`];
    for (let e = 0; e < scene.m; e++) {
      const [s, t] = [scene.source[e], scene.target[e]];
      lines.push(`<line x1="${r.sx(scene.x[s]).toFixed(1)}" y1="${r.sy(scene.y[s]).toFixed(1)}" x2="${r.sx(scene.x[t]).toFixed(1)}" y2="${r.sy(scene.y[t]).toFixed(1)}" stroke="${soft}" stroke-opacity=".5"><title>${xml(scene.edgeLabel?.(e) ?? "")}</title></line>`);
    }
    for (let i = 0; i < scene.n; i++) {
      const look = r.looks[scene.type[i]], path = new SvgPath(), size = r.size(i), x = r.sx(scene.x[i]), y = r.sy(scene.y[i]);
      shapePath(look.shape, path, x, y, size);
      lines.push(`<path d="${path.d}" fill="${look.colour}"><title>${xml(scene.label(i))}</title></path>`);
      lines.push(`<text x="${(x + size + 4).toFixed(1)}" y="${(y + 4).toFixed(1)}" fill="${ink}">${xml(short(scene.label(i), 40))}</text>`);
    }
    return [...lines, "</svg>\n"].join("\n");
  },
  ttl: (shown, app) => {
    const { nodes, edges } = lists(shown), { base, schema, iris } = app.facts;
    const iri = (node) => `<${base}${node.type === "Paper" ? "paper" : "entity"}/${node.id}>`;
    const place = new Map(nodes.map((node) => [node.id, node]));
    return [
      `@prefix kg: <${schema}> .`, "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .", "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .",
      "@prefix dcterms: <http://purl.org/dc/terms/> .", "",
      ...nodes.map((node) => `${iri(node)} a kg:${node.type} ; ${node.type === "Paper" ? "dcterms:title" : "rdfs:label"} ${turtle(node.name)} .`),
      ...edges.flatMap((edge) => {
        const [source, target] = [place.get(edge.source), place.get(edge.target)].map(iri), name = iris[edge.type];
        return [`${source} kg:${name} ${target} .`,
          `<${base}statement/${edge.id}> a rdf:Statement ; rdf:subject ${source} ; rdf:predicate kg:${name} ; rdf:object ${target} ; kg:confidence ${edge.confidence.toFixed(4)} ; kg:papers ${edge.papers} .`];
      }), "",
    ].join("\n");
  },
};

export const formats = ["png", ...Object.keys(writers)];

export async function save(format, app) {
  const types = { svg: "image/svg+xml", json: "application/json", csv: "text/csv", gexf: "application/xml", ttl: "text/turtle" };
  const blob = format === "png"
    ? await new Promise((done) => { app.renderer.paint(); app.renderer.canvas.toBlob(done, "image/png"); })
    : new Blob([writers[format](app.shown, app)], { type: `${types[format]};charset=utf-8` });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `graph.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
