// Dark or light: starts from the system's setting; the button switches, and the browser remembers.

import { byId } from "./dom.js";

const KEY = "claude-tracker-theme";
const NAMES = { dark: "light", light: "dark" }; // the theme, and the one that the button switches to
const dark = matchMedia("(prefers-color-scheme: dark)");

// A browser may refuse to store anything, especially for a local file.
function kept() {
  try {
    const found = localStorage.getItem(KEY);
    return found in NAMES ? found : null;
  } catch {
    return null;
  }
}

function keepChoice(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Then the choice lasts for this page only.
  }
}

let choice = kept();

const current = () => choice ?? (dark.matches ? "dark" : "light");

function apply() {
  document.documentElement.dataset.theme = current();
  const label = `Switch to ${NAMES[current()]} colours`;
  byId("theme").setAttribute("aria-label", label);
  byId("theme").title = `${label} (t)`;
}

/** The other theme: each press changes something. */
export function switchTheme() {
  choice = NAMES[current()];
  keepChoice(choice);
  apply();
}

/** Applies the stored choice, and connects the button. */
export function startTheme() {
  byId("theme").addEventListener("click", switchTheme);
  dark.addEventListener("change", apply);
  apply();
}
