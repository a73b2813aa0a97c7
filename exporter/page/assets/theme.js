// Dark or light: as the system says, or as was chosen here.

import { byId, write } from "./dom.js";

const KEY = "claude-tracker-theme";
const CHOICES = ["auto", "dark", "light"];
const NAMES = { auto: "Auto", dark: "Dark", light: "Light" };
const dark = matchMedia("(prefers-color-scheme: dark)");

// A browser may refuse to keep anything, above all for a file.
function kept() {
  try {
    const found = localStorage.getItem(KEY);
    return CHOICES.includes(found) ? found : "auto";
  } catch {
    return "auto";
  }
}

function keepChoice(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Then it holds for this page.
  }
}

/** Applies the kept choice and lets the button change it; `changed()` after each change of colours. */
export function startTheme(changed) {
  const button = byId("theme");
  let choice = kept();
  const apply = () => {
    const root = document.documentElement;
    root.dataset.theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    write(byId("theme-name"), NAMES[choice]);
    button.setAttribute("aria-label", `Colours: ${NAMES[choice]}. Change.`);
  };
  button.addEventListener("click", () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    keepChoice(choice);
    apply();
    changed();
  });
  dark.addEventListener("change", () => {
    apply();
    changed();
  });
  apply();
}

/** A colour of the style sheet, as the theme has it. */
export function colour(name) {
  const probe = byId("probe");
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}
