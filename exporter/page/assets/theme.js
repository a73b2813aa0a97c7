// Dark or light: the system's setting, or the user's choice.

import { byId, write } from "./dom.js";

const KEY = "claude-tracker-theme";
const CHOICES = ["auto", "dark", "light"];
const NAMES = { auto: "Auto", dark: "Dark", light: "Light" };
const dark = matchMedia("(prefers-color-scheme: dark)");

// A browser may refuse to store anything, especially for a local file.
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
    // Then the choice lasts for this page only.
  }
}

/** Applies the stored choice and connects the button; calls `changed()` after each change of colors. */
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

/** A color of the style sheet in the current theme. */
export function colour(name) {
  const probe = byId("probe");
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}
