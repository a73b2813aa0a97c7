// The page by keyboard.

import { byId } from "./dom.js";
import { RANGES } from "./ranges.js";
import { open, set, setting } from "./router.js";
import { switchTheme } from "./theme.js";

const MEASURES = ["cost", "tokens", "share"];

const rows = () => [...document.querySelectorAll("a.row")].filter((row) => row.checkVisibility());

/** Moves between the rows of sessions and projects; Enter opens one, as with every link. */
function step(by) {
  const found = rows();
  const at = found.indexOf(document.activeElement);
  const next = found[at < 0 ? (by > 0 ? 0 : found.length - 1) : Math.min(found.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function search() {
  const field = byId("search");
  if (!field.checkVisibility()) {
    if (byId("overview").hidden) open("#/");
    field.closest("details").open = true;
  }
  field.focus();
  field.scrollIntoView({ block: "center" });
}

const help = () => byId("help").showModal();

const ACTIONS = {
  j: () => step(1), k: () => step(-1), "/": search, "?": help, t: switchTheme,
  m: () => set("measure", MEASURES[(MEASURES.indexOf(setting("measure")) + 1) % MEASURES.length]),
  ...Object.fromEntries(Object.keys(RANGES).map((range, at) => [String(at + 1), () => set("range", range)])),
};

/** Connects the keys. None acts while something is typed, or together with another key. */
export function startKeys() {
  byId("help-open").addEventListener("click", help);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const action = ACTIONS[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
