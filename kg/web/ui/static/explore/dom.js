// Small helpers: elements made without markup, so that no text of the data is ever read as such.

export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("aria-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function button(words, act, properties = {}) {
  const made = make("button", { type: "button", textContent: words, ...properties });
  made.addEventListener("click", act);
  return made;
}

export async function ask(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error((await response.text()).trim() || `error ${response.status}`);
  return response.json();
}

export const pathOf = (node) => `/${node.type === "Paper" ? "paper" : "entity"}/${node.id}`;
export const countOf = (number, one, several = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : several}`;
