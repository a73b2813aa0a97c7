// Builds the page's elements. Data becomes text nodes and attributes only, never markup.

export const byId = (id) => document.getElementById(id);

/** An element; `attributes` may hold `class`, `data-…`, listeners (`onclick`); children are nodes or text. */
export function make(tag, attributes = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) found.addEventListener(name.slice(2), value);
    else found.setAttribute(name, value === true ? "" : String(value));
  }
  found.append(...children.filter((child) => child !== null && child !== undefined));
  return found;
}

/** Changes the text only if it differs, to avoid needless redraws. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Replaces the children of an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

/** Shows or hides. */
export function show(element, isShown) {
  element.hidden = !isShown;
}

/** A small label such as "official" or "estimated". */
export function badge(basis) {
  return make("span", { class: "badge", "data-basis": basis }, basis.replaceAll("_", " "));
}

/** A line for a part without data. */
export function nothing(text) {
  return make("p", { class: "nothing" }, text);
}

/** A term and its description, for a definition list. */
export function fact(term, ...said) {
  return make("div", {}, make("dt", {}, term), make("dd", {}, ...said));
}

/** A bar from 0 to 1 with a text for screen readers; `mark`: the projection. */
export function meter(label, ratio, { tone = "calm", mark = null, text = "" } = {}) {
  const percent = (share) => `${100 * Math.min(1, Math.max(0, share))}%`;
  const filled = make("span", { class: "filled" });
  filled.style.width = percent(ratio);
  const bar = make(
    "div",
    {
      class: "meter", "data-tone": tone, role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100,
      "aria-valuenow": Math.round(100 * Math.min(1, ratio)), "aria-valuetext": text || null,
    },
    filled,
  );
  if (mark !== null) {
    const tick = make("span", { class: "mark", "data-over": mark > 1 });
    tick.style.left = percent(mark);
    bar.append(tick);
  }
  return bar;
}

/**
 * A table with a caption. `columns`: [heading, kind], kind "number" for right-aligned ones; a row is a list of cells,
 * each text or a node; the first is the row's heading.
 */
export function table(caption, columns, rows, { isCaptionShown = false } = {}) {
  const aligned = (index) => (columns[index][1] === "number" ? "number" : null);
  return make(
    "table",
    {},
    make("caption", { class: isCaptionShown ? null : "unseen" }, caption),
    make("thead", {}, make("tr", {}, ...columns.map(([name], at) => make("th", { scope: "col", class: aligned(at) }, name)))),
    make(
      "tbody",
      {},
      ...rows.map((cells) =>
        make(
          "tr",
          {},
          ...cells.map((cell, at) =>
            make(at ? "td" : "th", { class: aligned(at), scope: at ? null : "row" }, cell),
          ),
        ),
      ),
    ),
  );
}

/** The same in a region that scrolls, also by keyboard. */
export function scrolling(label, found) {
  return make("div", { class: "scrolling", role: "region", "aria-label": label, tabindex: 0 }, found);
}
