// What stands in place of everything when there are no transcripts, and while they are read for the first time.

import { make } from "./dom.js";
import { sayState } from "./notices.js";
import { coded } from "./verdict.js";

/** Whether nothing was found: no transcript, and nothing was ever used. */
export const isEmpty = ({ health, totals, block, limits, sessions }) =>
  health.files === 0 && totals.responses === 0 && block === null && !limits.length && !sessions?.length;

const step = (text) => make("li", {}, make("span", {}, ...coded(text)));

/** One card: where the tracker looked, and what to do. `folders`: the answer, or undefined. */
export function sayEmpty(folders) {
  const looked = (folders?.items ?? []).map(({ path, exists }) => make("li", {}, make("code", {}, path), make("small", {}, exists ? "empty" : "does not exist")));
  sayState("No Claude Code transcripts found", looked.length ? "Looked in:" : "", [
    looked.length ? make("ul", { class: "looked" }, ...looked) : null,
    make(
      "ol",
      {},
      step("Start Claude Code once. This page updates live."),
      step("Or name a folder: `claude-tracker run --config-dir DIR`"),
      step("For your limits, turn on the status line: `claude-tracker setup statusline`"),
    ),
  ]);
}
