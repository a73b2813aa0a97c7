// Every window of an account as one bar: used, projected, and where the clock stands.

import { areSeveral } from "./accounts.js";
import { make, tag } from "./dom.js";
import { DAY_MS, HOUR, clock, dollars, lasting, moment, money, percent, short, surfaceName, usedShare, wholeMinute, windowName } from "./format.js";
import { setting } from "./router.js";
import { ms, now } from "./time.js";

const SOON_MS = 1_800_000;
const TONES = { lasts: "green", runs_out: "amber", reached: "red", beyond: "red", too_early: "grey", not_known: "grey" };

const isAhead = (iso) => iso === null || ms(iso) > now();

/** The limits whose window runs. */
export const currentLimits = ({ limits }) => limits.filter((limit) => isAhead(limit.resets_at));

/** How long a window is, ms; null if that is not known. */
export const lengthOf = (window) => (window === "five_hour" ? 5 * HOUR : window.startsWith("seven_day") ? 7 * DAY_MS : null);

/** The limit that binds: the verdict's. */
export const bindingOf = (account) => currentLimits(account).find(({ window }) => window === account.verdict.window) ?? null;

/** The window whose course is shown: the one that was chosen, else the headline's. */
export function chosenWindow(account) {
  const names = account.limits.map(({ window }) => window);
  const wanted = setting("window");
  if (names.includes(wanted)) return wanted;
  return names.includes(account.verdict.window) ? account.verdict.window : (names[0] ?? null);
}

export const toneOf = ({ forecast, binds }) => {
  if (!binds) return "grey";
  const isSoon = forecast.state === "runs_out" && forecast.runs_out_at !== null && ms(forecast.runs_out_at) - now() < SOON_MS;
  return isSoon ? "red" : (TONES[forecast.state] ?? "grey");
};

/** The bars of an account's windows, its credits, and the key to them. */
export function windowsOf(account) {
  const binding = bindingOf(account);
  const chosen = chosenWindow(account);
  const limits = account.limits.map((limit) => windowRow(limit, limit === binding, limit.window === chosen, account));
  const isSaid = (credits) => account.limits.some((limit) => isSpendOf(limit, credits));
  const rows = [...limits, ...account.credits.filter((one) => !isSaid(one)).map((one) => creditsRow(one, account))];
  return rows.length ? [...rows, surfacesOf(account), blockOf(account), keyOf(account)] : [];
}

/** Whether a window of spending is what these credits are: it is shown once. */
const isSpendOf = ({ window, utilization_ratio: ratio }, { used, limit }) => window === "spend" && limit !== null && Math.abs(ratio - used / limit) < 0.02;

function windowRow(limit, isBinding, isChosen, { credits }) {
  const wasReset = !isAhead(limit.resets_at);
  const ratio = wasReset ? 0 : limit.utilization_ratio;
  const said = wasReset ? "was reset" : usedShare(limit);
  const [main, more] = detailOf(limit, wasReset, credits);
  return make(
    "button",
    {
      type: "button", class: `w tone-${wasReset ? "grey" : toneOf(limit)}`, "data-key": limit.window, "data-window": limit.window,
      "data-set": `window=${encodeURIComponent(limit.window)}`, "aria-pressed": String(isChosen), title: sourceOf(limit),
    },
    make("span", { class: "n" }, windowName(limit.window), ...tagsOf(limit, isBinding)),
    gauge(ratio, wasReset ? null : limit.forecast.projected_ratio, elapsedOf(limit), limit.forecast.state),
    make("span", { class: "p" }, said),
    make("span", { class: "d" }, make("em", {}, main), make("small", {}, more)),
  );
}

function tagsOf({ binds, basis }, isBinding) {
  return [
    isBinding ? tag("binds", "Of all windows, this one runs out first") : null,
    binds ? null : tag("does not apply now", "Claude says that this limit does not apply to you now"),
    basis === "estimated" ? tag("estimated", "By the window’s estimated size: Claude did not report it") : null,
  ];
}

/** How much of the window's time is over, 0 to 1; null if that is not known. */
function elapsedOf({ window, resets_at: reset }) {
  const length = lengthOf(window);
  if (length === null || reset === null || !isAhead(reset)) return null;
  return Math.min(1, Math.max(0, 1 - (wholeMinute(ms(reset)) - now()) / length));
}

/** A bar: solid is used, hatched is projected, the mark is the clock. */
export function gauge(ratio, projected, elapsed, state) {
  const used = 100 * Math.min(1, Math.max(0, ratio));
  const until = 100 * Math.min(1, state === "runs_out" ? 1 : (projected ?? 0));
  return make(
    "span",
    { class: "bar", "aria-hidden": "true" },
    make("i", { class: "used", style: { width: `${used}%` } }),
    until > used ? make("i", { class: "pr", style: { left: `${used}%`, width: `${until - used}%` } }) : null,
    elapsed === null ? null : make("u", { style: { left: `${100 * elapsed}%` } }),
  );
}

function detailOf(limit, wasReset, credits) {
  const { forecast, resets_at: reset } = limit;
  if (wasReset) return ["0 % used", "since its reset"];
  const paid = credits.find((one) => isSpendOf(limit, one));
  if (paid) return [`${money(paid.used, paid.currency)} of ${money(paid.limit, paid.currency)}`, reset === null ? "reset not known" : `resets ${moment(wholeMinute(ms(reset)))}`];
  if (reset === null) return ["reset not known", ""];
  const left = lasting(wholeMinute(ms(reset)) - now());
  const at = moment(wholeMinute(ms(reset)));
  switch (limit.binds ? forecast.state : "none") {
    case "reached":
      return [`available in ${left}`, `at ${at}`];
    case "beyond":
      return [`available in ${left}`, credits.some(({ used }) => used > 0) ? "working on with extra usage" : "working on beyond it"];
    case "runs_out":
      return [runsOut(forecast), `resets ${at}`];
    case "lasts":
      return [`${left} left`, `about ${percent(forecast.projected_ratio)} by ${at}`];
    default:
      return [`${left} left`, `resets ${at}`];
  }
}

function runsOut({ runs_out_at: at, work_left_minutes: work }) {
  if (work !== null) return `runs out after ${work} min of work`;
  return at === null ? "runs out before its reset" : `runs out in ${lasting(ms(at) - now())}`;
}

function creditsRow({ currency, used, limit, observed_at: at }, account) {
  const said = limit ? percent(used / limit) : money(used, currency);
  const more = limit ? `${money(used, currency)} of ${money(limit, currency)}` : "no limit set";
  return make(
    "div",
    { class: "w tone-grey", "data-key": `credits ${currency}`, title: `Reported ${lasting(now() - ms(at))} ago` },
    make("span", { class: "n" }, "Extra usage"),
    gauge(limit ? used / limit : 0, null, null, account.overage_in_use ? "beyond" : "lasts"),
    make("span", { class: "p" }, said),
    make("span", { class: "d" }, make("em", {}, more), make("small", {}, account.overage_in_use ? "in use now" : "used so far")),
  );
}

function surfacesOf({ week_surfaces: found }) {
  if (!found.length) return null;
  const sorted = [...found].sort((one, other) => other.share_ratio - one.share_ratio);
  const said = sorted.map((one) => `${surfaceName(one.surface)} ${percent(one.share_ratio)}`).join(", ");
  return make("p", { class: "surfaces m" }, `Week by surface: ${said}`);
}

/** With several accounts, the running block of the shown one; its own part shows that of the account in use. */
function blockOf({ block }) {
  if (!areSeveral()) return null;
  if (block === null || ms(block.end) <= now()) return make("p", { class: "surfaces m" }, "No active 5-hour block");
  return make("p", { class: "surfaces m" }, `5-hour block to ${clock(ms(block.end))}: ${dollars(block.cost_usd)}, ${short(block.total_tokens)} tokens`);
}

/** Source and age of a report, and the reset. */
export function sourceOf(limit) {
  const reset = limit.resets_at === null ? "its reset is not known" : `resets ${moment(wholeMinute(ms(limit.resets_at)))}`;
  if (limit.basis === "estimated") return `Estimated by the window’s size; ${reset}`;
  return `Official, from ${limit.source}, ${lasting(now() - ms(limit.observed_at))} ago; ${reset}`;
}

function keyOf({ limits }) {
  const official = limits.filter(({ basis }) => basis === "official").map((limit) => ms(limit.observed_at));
  const age = official.length ? `official, ${lasting(now() - Math.max(...official))} ago` : "estimated";
  return make(
    "div",
    { class: "key m" },
    make("span", {}, make("i", {}), "used"),
    make("span", {}, make("i", { class: "pr" }), "projected"),
    make("span", {}, make("i", { class: "ck" }), "time elapsed"),
    make("span", { class: "age" }, limits.length ? age : ""),
  );
}
