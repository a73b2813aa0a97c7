// Warnings, limits reached in another account, and the state of the connection to the tracker.

import { areSeveral, titleOf } from "./accounts.js";
import { byId, fill, make, show, write } from "./dom.js";
import { lasting, moment, seconds, wholeMinute, windowName } from "./format.js";
import { ms, now } from "./time.js";

const MOST = 4;
const dismissed = new Set(); // until the page is loaded again
let first = null; // the warnings that held when the page was opened

/**
 * Shows the warnings that hold, the newest first, each until the user dismisses it. One that comes while the page is open
 * stands over it: it is seen wherever one reads, and moves nothing.
 */
export function drawNotices({ warnings = [] }) {
  first ??= new Set(warnings.map(keyOf));
  const kept = warnings.filter((one) => !dismissed.has(keyOf(one))).slice(-MOST).reverse();
  const [early, late] = [true, false].map((isFirst) => kept.filter((one) => first.has(keyOf(one)) === isFirst).map(noticeOf));
  fill(byId("notices"), ...early, late.length ? make("div", { class: "late", "data-key": "late" }, ...late) : null);
  markEarly();
}

/** Whether notices stand above the numbers. Not by :has() in the styles, which would do all of them again at each change. */
const markEarly = () => byId("notices").toggleAttribute("data-early", byId("notices").querySelector(":scope > .notice") !== null);

const keyOf = ({ topic, kind, at }) => `${topic} ${kind} ${at}`;

function noticeOf(warning) {
  const { severity, title, text, at } = warning;
  return make(
    "div",
    { class: "notice", "data-severity": severity, "data-key": keyOf(warning) },
    make("p", {}, make("strong", {}, title), " ", text),
    make("time", { datetime: at, class: "m" }, moment(ms(at))),
    make("button", { type: "button", class: "ctl", "aria-label": `Dismiss: ${title}`, "data-dismiss": keyOf(warning) }, "Dismiss"),
  );
}

/** Lets warnings be dismissed. */
export function startNotices() {
  byId("notices").addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (button === null) return;
    dismissed.add(button.dataset.dismiss);
    button.closest(".notice").remove();
    markEarly();
  });
}

/** Limits that lock out an account that is not shown, unless a notice says so. */
export function drawLockouts({ accounts, warnings = [] }, shown) {
  const runs = (hit) => hit.resets_at === null || ms(hit.resets_at) > now();
  const isSaid = (hit) => !areSeveral() && warnings.some(({ kind, subject }) => kind === "limit_hit" && subject === hit.window);
  const lines = accounts.flatMap((account) =>
    account.lockouts.filter((hit) => runs(hit) && !isSaid(hit) && !(account === shown && account.verdict.state === "reached" && account.verdict.window === hit.window)).map((hit) => {
      const whose = areSeveral() ? `${titleOf(account)}, ` : "";
      const reset = hit.resets_at === null ? " Its reset is not known." : ` Reset ${moment(wholeMinute(ms(hit.resets_at)))}, in ${lasting(wholeMinute(ms(hit.resets_at)) - now())}.`;
      return make("p", {}, make("strong", {}, `${whose}${windowName(hit.window)}: limit reached.`), reset);
    }),
  );
  show(byId("lockouts"), lines.length > 0);
  fill(byId("lockouts"), ...lines);
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
  sayLink("disconnected", `Disconnected since ${seconds(since)}`);
  show(byId("advice"), true);
}

/** Shows why there are no numbers; null if there are. `more`: nodes below. */
export function sayState(title, text, more = []) {
  const hasNumbers = title === null;
  show(byId("state"), !hasNumbers);
  document.documentElement.toggleAttribute("data-empty", !hasNumbers);
  write(byId("state-title"), title ?? "");
  fill(byId("state-text"), ...(Array.isArray(text) ? text : [text ?? ""]));
  fill(byId("state-more"), ...more);
}
