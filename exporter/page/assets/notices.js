// Warnings as they come, and the state of the link to the tracker.

import { byId, make, show, write } from "./dom.js";
import { clock, moment } from "./format.js";
import { now } from "./time.js";

const MOST = 4;

/** Shows a warning until it is put away; one that is told again replaces itself. */
export function warn({ kind, subject, severity, title, text, at }) {
  const region = byId("notices");
  const key = `${kind} ${subject}`;
  [...region.children].find((notice) => notice.dataset.key === key)?.remove();
  const notice = make(
    "div",
    { class: "notice", "data-severity": severity, "data-key": key },
    make("p", {}, make("strong", {}, title), " ", text),
    make("time", { datetime: at, class: "muted" }, moment(at, now())),
    make("button", { type: "button", "aria-label": `Dismiss: ${title}`, onclick: () => notice.remove() }, "×"),
  );
  region.prepend(notice);
  while (region.children.length > MOST) region.lastChild.remove();
}

/** Says how the page hears of changes. `state`: live, gone, waiting or offline. */
export function sayLink(state, text) {
  byId("link").dataset.state = state;
  write(byId("link-text"), text);
  document.documentElement.dataset.link = state;
}

export const sayLive = () => sayLink("live", "Live");

/** The tracker is gone since (ms). */
export function sayGone(since) {
  sayLink("gone", `Disconnected since ${clock(since)}. Start it with claude-tracker run`);
}

/** Says in place of the numbers why there are none; null: there are. */
export function sayState(title, text) {
  show(byId("state"), title !== null);
  show(byId("main"), title === null);
  write(byId("state-title"), title ?? "");
  write(byId("state-text"), text ?? "");
}
