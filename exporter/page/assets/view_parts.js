// What the views share: cards, figures with their formulas, facts, notes.

import { icon, make } from "./dom.js";
import { formulaButton } from "./formula.js";

/** A card with a title and, at its right, a short sum. `more`: its classes. */
export function card(title, sum, nodes, more = "") {
  const id = `part-${title.toLowerCase().replace(/\W+/g, "-")}`;
  return make(
    "section",
    { class: `card ${more}`.trim(), "aria-labelledby": id, "data-key": id },
    make("div", { class: "hd" }, make("h2", { id }, title), sum ? make("span", { class: "m" }, sum) : null),
    make("div", { class: "bd" }, ...nodes),
  );
}

/** The large figures of a view: [name, value, key of its formula or null]. */
export const figures = (found) =>
  make(
    "dl",
    { class: "big" },
    ...found.map(([name, value, formula]) =>
      make("div", {}, make("dt", {}, name, formula ? formulaButton(formula, name) : null), make("dd", {}, value)),
    ),
  );

/** What is known: [name, value]; a value that is not known is left out. */
export const facts = (found) =>
  make(
    "dl",
    { class: "fx" },
    ...found.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
  );

/** Sentences with a sign: [what, why]. */
export const notes = (found) =>
  make("ul", { class: "note" }, ...found.map(([what, why]) => make("li", {}, icon("info"), make("span", {}, what, why ? make("small", {}, why) : null))));

/** A link to another host, only if it is one; else its text. */
export const outside = (address, text) =>
  /^https:\/\//.test(address) ? make("a", { class: "lk", href: address, rel: "noreferrer", target: "_blank" }, text) : text;

/** A chart's place, which stays while its view is drawn again: `keep` returns it, made once. */
export function placeOf(id, makeChart) {
  let kept = null;
  return {
    spot: () => make("div", { id, "data-key": id }),
    /** The chart, in its place of the page; null if the view has none. */
    chart() {
      const spot = document.getElementById(id);
      if (spot === null) return null;
      if (kept === null) {
        const place = make("div", { id, "data-key": id });
        kept = { place, chart: makeChart(place) };
      }
      if (spot !== kept.place) spot.replaceWith(kept.place);
      return kept.chart;
    },
  };
}
