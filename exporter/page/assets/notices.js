// Warnings, and the state of the connection to the tracker.

import { byId, make, show, write } from "./dom.js";
import { clock, moment } from "./format.js";
import { now } from "./time.js";

const MOST = 4;

/** Shows a warning until the user dismisses it; a repeated warning replaces the earlier one. */
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

/** Shows how the page receives changes. `state`: live, disconnected, waiting or offline. */
export function sayLink(state, text) {
  byId("link").dataset.state = state;
  write(byId("link-text"), text);
  document.documentElement.dataset.link = state;
}

export const sayLive = () => sayLink("live", "Live");

/** The tracker has been disconnected since this time (ms). */
export function sayDisconnected(since) {
  sayLink("disconnected", `Disconnected since ${clock(since)}. Start it with claude-tracker run`);
}

/** Shows why there are no numbers; null if there are. */
export function sayState(title, text) {
  show(byId("state"), title !== null);
  show(byId("main"), title === null);
  write(byId("state-title"), title ?? "");
  write(byId("state-text"), text ?? "");
}
