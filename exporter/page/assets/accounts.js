// The accounts: their names, which are shown only where there are several, and which of them is shown.

import { ms } from "./time.js";
import { setting } from "./router.js";

let names = new Map();

/** What an account is called: the user's name for it, else its label. */
export const titleOf = ({ account, name }) => (name === account ? `Account ${account}` : name);

/** Keeps the names of the accounts in use. */
export function keepNames(accounts) {
  names = new Map(accounts.map((account) => [account.account, titleOf(account)]));
}

/** The name of the account with this label; one that is no longer in use has only its label. */
export const accountName = (label) => names.get(label) ?? titleOf({ account: label, name: label });

/** Whether the accounts in use, and those of `items`, are more than one. */
export const areSeveral = (items = []) => new Set([...names.keys(), ...items.map((item) => item.account)]).size > 1;

/** A plan's name for people: "Max 20x" for default_claude_max_20x. */
export function planName(plan) {
  const name = plan.replace(/^(default_)?(claude_)?/, "").replaceAll("_", " ");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

const URGENCY = ["reached", "runs_out", "beyond"];

/** The accounts, the one that binds first at the front: reached, then the first to run out, then the fullest by its reset. */
export function byUrgency(accounts) {
  const rank = ({ verdict }) => (URGENCY.indexOf(verdict.state) + URGENCY.length + 1) % (URGENCY.length + 1);
  const when = ({ verdict }) => (verdict.runs_out_at === null ? Infinity : ms(verdict.runs_out_at));
  const later = (one, other) => (when(one) === when(other) ? 0 : when(one) - when(other));
  const used = ({ verdict, limits }) => limits.find(({ window }) => window === verdict.window)?.utilization_ratio ?? 0;
  const projected = (account) => account.verdict.projected_ratio ?? used(account);
  const order = (one, other) => rank(one) - rank(other) || later(one, other) || projected(other) - projected(one);
  return [...accounts].sort((one, other) => order(one, other) || (one.account < other.account ? -1 : 1));
}

/** The account that is shown: the one that the address names, else the one that binds first. */
export function shownAccount(accounts) {
  const sorted = byUrgency(accounts);
  return sorted.find(({ account }) => account === setting("account")) ?? sorted[0];
}
