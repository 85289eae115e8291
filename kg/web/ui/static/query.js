// The page for questions: saved ones through the JSON interface, texts through SPARQL. All that comes back is set as text.

const byId = (id) => document.getElementById(id);
const [question, sparql, text, media, status, answer] =
  ["question", "sparql", "text", "media", "status", "answer"].map(byId);
const sections = document.querySelectorAll(".question"); // a form's own properties give way to inputs named like them: none is used
let asked = 0; // the number of the last request: a slower, earlier answer is dropped

function choose(name) {
  for (const section of sections) {
    section.hidden = section.dataset.name !== name;
    if (!section.hidden) section.querySelector("input, button").focus();
  }
  question.value = name;
}

function literal(value, kind) {
  if (kind === "integer" || kind === "number") return Number.isFinite(Number(value)) ? String(Number(value)) : "0";
  const quoted = (words) => JSON.stringify(words.trim().toLowerCase());
  if (kind === "papers") return value.split(";").filter((part) => part.trim()).map(quoted).join(", ");
  return kind === "text" ? JSON.stringify(value) : quoted(value);
}

function filled(section) {
  let words = section.querySelector("template").content.textContent;
  for (const input of section.querySelectorAll("input")) {
    const value = input.value || input.dataset.default || (input.required ? input.placeholder : "");
    words = words.replaceAll(new RegExp(`\\$${input.name}\\b`, "g"), () => literal(value, input.dataset.kind));
  }
  return words;
}

async function fetched(address, options) {
  const mine = ++asked;
  status.textContent = "Asking …";
  const start = performance.now();
  let response, body;
  try {
    response = await fetch(address, options);
    body = await response.text();
  } catch {
    response = null;
  }
  if (mine !== asked) return null;
  const took = `${Math.round(performance.now() - start)} ms`;
  if (!response) status.textContent = "The server does not answer; is it still running?";
  else if (!response.ok) status.textContent = body.trim() || `Error ${response.status}`;
  answer.replaceChildren();
  return response?.ok ? { body, took, truncated: response.headers.get("X-Truncated") } : null;
}

function show(columns, rows, cell, took, truncated) {
  const number = `${rows.length.toLocaleString("en")} row${rows.length === 1 ? "" : "s"}`;
  status.textContent = `${number}${truncated ? ", and more that were left out" : ""}, ${took}`;
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const th = document.createElement("th");
    th.textContent = column;
    th.scope = "col";
    head.append(th);
  }
  const body = table.createTBody();
  for (const row of rows.slice(0, 2000)) {
    const line = body.insertRow();
    for (const column of columns.keys()) line.insertCell().append(cell(row, column));
  }
  answer.replaceChildren(table);
  if (rows.length > 2000) status.textContent += "; the table shows 2,000 of them";
}

function termCell(term) {
  if (!term) return "";
  if (term.type !== "uri" || !/^https?:/.test(term.value)) return String(term.value);
  const link = document.createElement("a");
  const base = document.querySelector("main").dataset.base;
  link.href = base && term.value.startsWith(base) ? `/${term.value.slice(base.length)}` : term.value;
  link.rel = "noreferrer";
  link.textContent = term.value.replace(base, "…/");
  return link;
}

question.addEventListener("change", () => {
  choose(question.value);
  history.replaceState(null, "", question.value ? `#${question.value}` : location.pathname);
});

for (const section of sections) {
  const form = section.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
    const got = await fetched(`/api/queries/${section.dataset.name}?${given}`, {});
    if (!got) return;
    const { columns, rows, truncated } = JSON.parse(got.body);
    const plain = (value) => value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    show(columns, rows, (row, column) => plain(row[column]), got.took, truncated);
  });
  section.querySelector(".edit")?.addEventListener("click", () => {
    text.value = filled(section);
    text.focus();
  });
}

sparql.addEventListener("submit", async (event) => {
  event.preventDefault();
  const accept = media.value || "application/sparql-results+json, text/turtle;q=0.9";
  const body = new URLSearchParams({ query: text.value });
  const got = await fetched("/sparql", { method: "POST", headers: { Accept: accept }, body });
  if (!got) return;
  let found = null;
  if (!media.value) try { found = JSON.parse(got.body); } catch { /* Turtle of a CONSTRUCT */ }
  if (found?.results) {
    const columns = found.head.vars;
    show(columns, found.results.bindings, (row, column) => termCell(row[columns[column]]), got.took, got.truncated);
    return;
  }
  status.textContent = `${got.body.length.toLocaleString("en")} characters, ${got.took}`;
  const pre = document.createElement("pre");
  pre.textContent = found && "boolean" in found ? String(found.boolean) : got.body;
  answer.replaceChildren(pre);
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) sparql.requestSubmit();
});
addEventListener("hashchange", () => choose(location.hash.slice(1)));
const wanted = new URLSearchParams(location.search).get("query");
if (wanted) text.value = wanted;
if (location.hash) choose(location.hash.slice(1));
