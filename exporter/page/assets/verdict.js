// The verdict: first and large, in its colour. Its sentence is the tracker's, the same as in the terminal.

import { areSeveral, byUrgency, planName, titleOf } from "./accounts.js";
import { icon, make } from "./dom.js";
import { moment, percent, windowName } from "./format.js";
import { currentLimits } from "./windows.js";
import { ms, now } from "./time.js";

const SOON_MS = 1_800_000;
const LOOKS = {
  lasts: ["green", "ok"], runs_out: ["amber", "warn"], reached: ["red", "stop"], beyond: ["amber", "warn"],
  too_early: ["grey", "clock"], not_known: ["grey", "info"],
};
/** Where the headline stops, by state. */
const STOPS = { lasts: ": about", runs_out: ", ", reached: " (", beyond: " (", not_known: ". " };

/** The colour and symbol of what is said of an account or a window. */
export function lookOf({ state, runs_out_at: at }) {
  const [tone, symbol] = LOOKS[state] ?? LOOKS.not_known;
  return [state === "runs_out" && at !== null && ms(at) - now() < SOON_MS ? "red" : tone, symbol];
}

/** The sentence up to its first natural stop, and the rest as a sentence of its own. */
export function split({ state, sentence }) {
  const stop = STOPS[state];
  const at = stop === undefined ? -1 : sentence.indexOf(stop);
  if (at < 0) return [sentence, ""];
  const rest = sentence.slice(at).replace(/^[:,. (]+/, "").replace(/\)$/, "");
  return [sentence.slice(0, at), rest ? `${rest[0].toUpperCase()}${rest.slice(1)}${state === "beyond" ? " used" : ""}${rest.endsWith("`") ? "" : "."}` : ""];
}

/** What is said of the account: [headline, second line as nodes, tone, symbol]. */
export function verdictOf(account, plan) {
  const { verdict } = account;
  const [tone, symbol] = lookOf(verdict);
  const started = newBlock(account, plan);
  if (started !== null) return [started[0], [started[1], ...others(account)], "grey", "clock"];
  const [headline, rest] = split(verdict);
  const more = verdict.elsewhere === null ? null : `${verdict.elsewhere[0].toUpperCase()}${verdict.elsewhere.slice(1)}.`;
  return [headline, [...coded(rest), ...[more, ...others(account)].filter(Boolean).map((text) => make("span", { class: "muted" }, ` ${text}`))], tone, symbol];
}

/** While no block runs and no limit is reached: what one would cover. */
function newBlock(account, plan) {
  const isQuiet = account.block === null || ms(account.block.end) <= now();
  const hasWindow = currentLimits(account).some(({ window }) => window === "five_hour");
  if (!isQuiet || hasWindow || !plan || !account.is_current || !["lasts", "too_early", "not_known"].includes(account.verdict.state)) return null;
  const { block_started_now: covered } = plan;
  if (plan.running_block !== null || covered.typical_tokens === null || !currentLimits(account).length) return null;
  const ends = Math.floor(now() / 3_600_000) * 3_600_000 + 5 * 3_600_000;
  const share = covered.share_of_week_ratio === null ? "" : `Typically uses ${percent(covered.share_of_week_ratio)} of your week. `;
  return [`A block started now lasts until ${moment(ends)}`, share];
}

/** Of the other windows that last, the one that is used most by its reset. */
function others(account) {
  const projected = currentLimits(account).filter(({ window, binds, forecast }) => window !== account.verdict.window && binds && forecast.state === "lasts");
  const [most] = projected.sort((one, other) => other.forecast.projected_ratio - one.forecast.projected_ratio);
  if (most === undefined) return [];
  const at = most.resets_at === null ? "its reset" : moment(ms(most.resets_at));
  return [`${windowName(most.window)}: about ${percent(most.forecast.projected_ratio)} by ${at}.`];
}

/** A text with `code` in it. */
export const coded = (text) => text.split("`").map((part, at) => (at % 2 ? make("code", {}, part) : part)).filter(Boolean);

/** The headline and what follows it. */
export function headOf(account, plan) {
  const [headline, rest, , symbol] = verdictOf(account, plan);
  return [
    make("div", { class: "say" }, icon(symbol), make("h1", { id: "verdict-title", title: account.verdict.sentence }, headline)),
    rest.length ? make("p", { class: "sub" }, ...rest) : null,
  ];
}

/** The accounts as buttons, the one that binds first at the front; nothing with one account. */
export function accountsOf(accounts, shown) {
  if (!areSeveral()) return null;
  return make(
    "div",
    { class: "accounts", role: "group", "aria-label": "Accounts" },
    ...byUrgency(accounts).map((account) => {
      const [tone, symbol] = lookOf(account.verdict);
      return make(
        "button",
        { type: "button", class: `tone-${tone}`, "data-set": `account=${encodeURIComponent(account.account)}`, "aria-pressed": String(account === shown), "data-key": account.account },
        icon(symbol), make("b", {}, titleOf(account)), make("small", {}, detailOf(account)),
      );
    }),
  );
}

function detailOf(account) {
  const fullest = currentLimits(account).find(({ window }) => window === account.verdict.window);
  const used = fullest ? `${windowName(fullest.window)} ${percent(fullest.utilization_ratio)}` : "limits not known";
  return [account.plan === null ? null : planName(account.plan), used, account.is_current ? "in use" : null].filter(Boolean).join(" · ");
}
