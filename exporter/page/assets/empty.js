// What stands in place of everything when there are no transcripts, and while they are read for the first time.

import { make } from "./dom.js";
import { percent } from "./format.js";
import { sayState } from "./notices.js";
import { coded } from "./verdict.js";

/** Whether nothing was found: no transcript, and nothing was ever used. */
export const isEmpty = ({ reading, health, totals, block, limits, sessions }) =>
  !reading && health.files === 0 && !totals?.responses && block === null && !limits.length && !sessions?.length;

/** How far the first read is, and what is exact meanwhile; nothing after it. */
export function readingOf(reading) {
  if (!reading) return null;
  const left = reading.seconds_left === null ? "" : `, in about ${Math.max(1, Math.round(reading.seconds_left))} s`;
  return make(
    "div",
    { class: "reading", "data-key": "reading" },
    make("p", {}, make("b", {}, "Reading history, newest first"), " ", make("small", {}, percent(reading.ratio))),
    make("span", { class: "bar", "aria-hidden": "true" }, make("i", { style: { width: `${100 * reading.ratio}%` } })),
    make("p", { class: "m" }, `Exact already: this block, its sessions, today. Week, month, forecasts and charts follow${left}.`),
  );
}

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
