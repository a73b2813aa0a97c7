// Builds the page's elements, and changes what is shown without replacing it, so that focus and selection stay.
// Data becomes text nodes and attributes only, never markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

const isThere = (child) => child !== null && child !== undefined && child !== false;

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (!isThere(value)) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.entries(value).forEach(([key, one]) => element.style.setProperty(key, one));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter(isThere));
  return element;
}

/** An element; `attributes` may hold `class`, `data-…`, `style` (an object), listeners (`onclick`). */
export const make = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);

/** The same of a drawing. */
export const draw = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

/** A symbol of the page; its meaning is always written next to it. */
export const icon = (name, more = "") =>
  draw("svg", { class: `i ${more}`.trim(), "aria-hidden": "true" }, draw("use", { href: `#i-${name}` }));

/** Changes the text only if it differs, to avoid needless redraws. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes the children of an element these, keeping those that are alike. */
export function fill(element, ...children) {
  const fresh = children.flat().filter(isThere).map((one) => (typeof one === "string" ? document.createTextNode(one) : one));
  fresh.forEach((one, at) => {
    const old = element.childNodes[at];
    if (old === undefined) element.append(one);
    else if (!isAlike(old, one)) old.replaceWith(one);
    else morph(old, one);
  });
  while (element.childNodes.length > fresh.length) element.lastChild.remove();
}

const isAlike = (old, fresh) =>
  old.nodeName === fresh.nodeName && old.dataset?.key === fresh.dataset?.key && fresh.dataset?.own === undefined;

function morph(old, fresh) {
  if (old.dataset?.own !== undefined || fresh.dataset?.keep !== undefined) return; // it draws itself, or is as it was
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.replaceWith(fresh); // a text that ends at the right would move, a new one does not
    return;
  }
  for (const { name } of [...old.attributes]) if (name !== "style" && !fresh.hasAttribute(name) && !isState(old, name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
  fill(old, ...fresh.childNodes);
}

/** What the user did to an element is kept. */
const isState = (element, name) => name === "open" && element.nodeName === "DETAILS";

/** Shows or hides. */
export function show(element, isShown) {
  if (element.hidden === isShown) element.hidden = !isShown;
}

/** A line for a part without data. */
export const nothing = (text) => make("p", { class: "nothing" }, text);

/** A term and its description, for a definition list. */
export const fact = (term, ...said) => make("div", {}, make("dt", {}, term), make("dd", {}, ...said));

/** A small label such as "binds" or "estimated". */
export const tag = (text, title = null) => make("span", { class: "tag", title }, text);

/** A thin bar from 0 to 1, next to the number that it shows. */
export function bar(ratio, fillClass = "") {
  const filledPart = make("i", { class: fillClass, style: { width: `${100 * Math.min(1, Math.max(0, ratio || 0))}%` } });
  return make("span", { class: "mini", "aria-hidden": "true" }, filledPart);
}

/**
 * A table with a caption. `columns`: {name, kind, hides}; kind "name" is cut where it is long, "share" has a bar and no heading for people;
 * `hides`: the class that removes it in a narrow card. A row is a list of cells, or {cells, class}; the first cell is
 * its heading. `total`: the last row.
 */
export function table(caption, columns, rows, { total = null } = {}) {
  const kindOf = (at) => [columns[at].kind, columns[at].hides].filter(Boolean).join(" ") || null;
  const line = (cells, tagOf) => cells.map((cell, at) => make(tagOf(at), { class: kindOf(at), scope: tagOf(at) === "th" ? "row" : null }, cell));
  const body = rows.map((row) => {
    const { cells = row, ...more } = Array.isArray(row) ? {} : row;
    return make("tr", more, ...line(cells, (at) => (at ? "td" : "th")));
  });
  return make(
    "table",
    {},
    make("caption", { class: "unseen" }, caption),
    make("thead", {}, make("tr", {}, ...columns.map(({ name, kind }, at) => make("th", { scope: "col", class: kindOf(at) }, kind === "share" ? make("span", { class: "unseen" }, name) : name)))),
    make("tbody", {}, ...body),
    total === null ? null : make("tfoot", {}, make("tr", {}, ...line(total, (at) => (at ? "td" : "th")))),
  );
}
