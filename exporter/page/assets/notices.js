// Warnings, and the state of the connection to the tracker.

import { byId, make, show, write } from "./dom.js";
import { clock, moment } from "./format.js";
import { now } from "./time.js";

const MOST = 4;
const dismissed = new Set(); // until the page is loaded again

/** Shows the warnings that hold, the newest first, each until the user dismisses it. */
export function drawNotices({ warnings = [] }) {
  const region = byId("notices");
  const kept = warnings.filter((one) => !dismissed.has(keyOf(one))).slice(-MOST).reverse();
  const keys = kept.map(keyOf);
  for (const notice of [...region.children]) if (!keys.includes(notice.dataset.key)) notice.remove();
  const known = new Map([...region.children].map((notice) => [notice.dataset.key, notice]));
  region.append(...kept.map((one) => known.get(keyOf(one)) ?? noticeOf(one)));
}

const keyOf = ({ topic, kind, at }) => `${topic} ${kind} ${at}`;

function noticeOf(warning) {
  const { severity, title, text, at } = warning;
  const dismiss = () => {
    dismissed.add(keyOf(warning));
    notice.remove();
  };
  const notice = make(
    "div",
    { class: "notice", "data-severity": severity, "data-key": keyOf(warning) },
    make("p", {}, make("strong", {}, title), " ", text),
    make("time", { datetime: at, class: "muted" }, moment(at, now())),
    make("button", { type: "button", "aria-label": `Dismiss: ${title}`, onclick: dismiss }, "×"),
  );
  return notice;
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
