// Limits of each account: its windows, lockouts, credits, and with several accounts its running block.

import { areSeveral, planName, titleOf } from "./accounts.js";
import { sourceOf, tickAges } from "./block.js";
import { budgetsOf } from "./budgets.js";
import { badge, byId, fill, make, meter, nothing, show } from "./dom.js";
import { dollars, moment, money, resetTime, share, short, surfaceName, tone, usedShare, windowName } from "./format.js";
import { ms, now } from "./time.js";

const SOON_MS = 1_800_000;
const TONES = { lasts: "good", runs_out: "warning", reached: "critical", beyond: "warning" };
const MOST_NARROW = 3; // windows in a narrow card; more are shown side by side

let next = Infinity; // when a window resets, a lockout ends or a block ends, ms

const isAhead = (iso) => iso === null || ms(iso) > now();

/** The limits by account and window, and the lockouts. */
export function drawLimits(snapshot) {
  const { accounts } = snapshot;
  const several = areSeveral();
  const own = several ? accounts.map(group) : limitsOf(accounts[0], "h3");
  const shown = [...own, ...budgetsOf(snapshot, several)];
  const isWide = several || shown.length > MOST_NARROW;
  byId("main").toggleAttribute("data-wide-limits", isWide);
  byId("limits-body").className = several ? "accounts" : isWide ? "windows" : "";
  fill(byId("limits-body"), ...shown);
  fill(byId("verdict"), ...(several ? [] : verdictOf(accounts[0])));
  const notified = several ? [] : (snapshot.warnings ?? []).filter(({ kind }) => kind === "limit_hit").map(({ subject }) => subject);
  const said = accounts.flatMap((account) => banners(account, several, notified));
  show(byId("lockouts"), said.length > 0);
  fill(byId("lockouts"), ...said);
  next = Math.min(...accounts.flatMap(changes).filter((at) => at > now()));
  tickAges();
}

/** Draws them again when the clock changes them. */
export function tickLimits(snapshot) {
  if (now() >= next) drawLimits(snapshot);
}

/** Whether a limit was reached, raised, or no longer refuses requests. */
export function isNews(before, after) {
  const reached = ({ accounts }) => accounts.flatMap((account) => account.lockouts.map((hit) => `${hit.account} ${hit.window} ${hit.at}`));
  const of = ({ accounts }) => accounts.flatMap((account) => account.limits);
  const known = new Map(of(before).map((limit) => [`${limit.account} ${limit.window}`, limit.utilization_ratio]));
  const fell = (limit) => limit.utilization_ratio < (known.get(`${limit.account} ${limit.window}`) ?? 0);
  return reached(before).sort().join() !== reached(after).sort().join() || of(after).some(fell);
}

function changes({ block, limits, lockouts }) {
  const times = [...limits, ...lockouts].map((one) => one.resets_at);
  return [...times, block?.end].filter(Boolean).map(ms);
}

/** One of several accounts, under its name. */
function group(account) {
  const title = titleOf(account);
  const limits = limitsOf(account, "h4");
  return make(
    "div",
    { class: "account", role: "group", "aria-label": title },
    make(
      "h3",
      {},
      title,
      account.is_current ? make("span", { class: "badge", "data-basis": "official" }, "in use") : null,
      account.plan === null ? null : make("small", {}, planName(account.plan)),
    ),
    blockOf(account),
    ...verdictOf(account),
    limits.length ? make("div", { class: "windows" }, ...limits) : null,
  );
}

/** The verdict's sentence, and what was clearly used elsewhere. */
function verdictOf({ verdict }) {
  const isSoon = verdict.state === "runs_out" && verdict.runs_out_at !== null && ms(verdict.runs_out_at) - now() < SOON_MS;
  return [
    make("p", { class: "verdict", "data-tone": isSoon ? "critical" : (TONES[verdict.state] ?? "calm") }, verdict.sentence),
    verdict.elsewhere === null ? null : make("p", { class: "muted" }, `${verdict.elsewhere[0].toUpperCase()}${verdict.elsewhere.slice(1)}`),
  ].filter(Boolean);
}

function blockOf({ block }) {
  if (block === null || !isAhead(block.end)) return make("p", { class: "muted" }, "No active 5-hour block");
  return make(
    "p",
    { class: "muted" },
    "5-hour block ",
    make("b", {}, `${short(block.total_tokens)} tokens, ${dollars(block.cost_usd)}`),
    ` to ${moment(block.end, now())}, `,
    make("span", { "data-until": block.end }),
  );
}

/** The windows, credits and surfaces of an account, as a list of elements. */
function limitsOf(account, heading) {
  return [
    ...account.limits.map((limit) => windowOf(limit, heading)),
    ...account.credits.map((credits) => creditsOf(credits, heading)),
    account.week_surfaces.length ? surfacesOf(account.week_surfaces, heading) : null,
  ].filter(Boolean);
}

function windowOf(limit, heading) {
  const name = windowName(limit.window);
  const wasReset = !isAhead(limit.resets_at);
  const reset = limit.resets_at === null ? "reset unknown" : `resets ${resetTime(limit.resets_at, now())}, `;
  const ratio = wasReset ? 0 : limit.utilization_ratio;
  const isShort = limit.binds && !wasReset;
  const said = wasReset ? "was reset" : usedShare(limit);
  return make(
    "div",
    { class: "limit", "data-binds": String(limit.binds) },
    make(heading, {}, name, make("strong", {}, said)),
    meter(name, ratio, { tone: isShort ? tone(ratio) : "calm", mark: isShort ? (limit.forecast.projected_ratio ?? undefined) : undefined, text: wasReset ? "" : said }),
    make("p", { class: "muted" }, badge(limit.basis), " ", ...(limit.binds ? [] : [unbinding(), " "]), sourceOf(limit)),
    make("p", { class: "muted" }, reset, limit.resets_at === null ? null : make("span", { "data-until": limit.resets_at })),
  );
}

function unbinding() {
  return make("span", { class: "badge", title: "Claude says that this limit does not apply to you now" }, "does not apply now");
}

function creditsOf({ currency, used, limit, observed_at: at }, heading) {
  const said = limit === null ? money(used, currency) : `${money(used, currency)} of ${money(limit, currency)}`;
  return make(
    "div",
    { class: "limit" },
    make(heading, {}, "Credits used", make("strong", {}, said)),
    limit ? meter(`Credits used, ${currency}`, used / limit, { tone: tone(used / limit), text: said }) : null,
    make("p", { class: "muted" }, make("span", { "data-since": at }), " ago"),
  );
}

function surfacesOf(shares, heading) {
  const sorted = [...shares].sort((one, other) => other.share_ratio - one.share_ratio);
  return make(
    "div",
    { class: "limit" },
    make(heading, {}, "Week by surface"),
    make(
      "ul",
      { class: "legend surfaces" },
      ...sorted.map((one) => make("li", {}, `${surfaceName(one.surface)} `, make("b", {}, share(one.share_ratio)))),
    ),
  );
}

/** Lines above the numbers: limits that refuse requests, if no notice says so, and work that goes on beyond a limit. */
function banners(account, several, notified) {
  const whose = several ? `${titleOf(account)}, ` : "";
  return [
    ...account.lockouts.filter((hit) => isAhead(hit.resets_at) && !notified.includes(hit.window)).map((hit) =>
      make(
        "p",
        {},
        make("strong", {}, `${whose}${windowName(hit.window)}: limit reached.`),
        ...(hit.resets_at === null
          ? [" Its reset is unknown."]
          : [` Reset ${resetTime(hit.resets_at, now())}, `, make("span", { "data-until": hit.resets_at }), "."]),
      ),
    ),
    account.overage_in_use && account.verdict.state !== "beyond"
      ? make("p", { "data-severity": "warning" }, several ? make("strong", {}, `${titleOf(account)}: `) : null, beyond(account))
      : null,
  ].filter(Boolean);
}

function beyond({ credits }) {
  const paid = credits.filter((one) => one.used > 0).map((one) => money(one.used, one.currency));
  return `A limit is reached; work goes on beyond it${paid.length ? ` (credits used: ${paid.join(", ")})` : ""}`;
}
