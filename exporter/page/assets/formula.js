// From a figure to its formula: a small button that opens it, with a link to the documentation.

import { byId, fill, make } from "./dom.js";
import { FORMULAS } from "./formulas.js";

const DOCUMENTATION = "https://github.com/claude-tracker/claude-tracker/blob/main/docs/formulas.md";

/** The button of a figure. `key`: of `FORMULAS`. */
export const formulaButton = (key, name = FORMULAS[key].name) =>
  make("button", { type: "button", class: "how", "data-formula": key, "aria-label": `How “${name}” is calculated`, title: "How this is calculated" }, "?");

/** Text with `code` in backticks. */
const words = (text) => text.split("`").map((part, at) => (at % 2 ? make("code", {}, part) : part));

function show(key) {
  const { name, mark, rows } = FORMULAS[key];
  fill(byId("formula-title"), name);
  fill(byId("formula-body"), ...rows.map(([figure, formula]) => make("div", {}, make("dt", {}, ...words(figure)), make("dd", {}, ...words(formula)))));
  byId("formula-link").href = `${DOCUMENTATION}#${mark}`;
  byId("formula").showModal();
}

/** Connects the buttons, also those that come later. */
export function startFormulas() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-formula]");
    if (button === null) return;
    event.preventDefault(); // in a summary it would fold the card
    show(button.dataset.formula);
  });
}
