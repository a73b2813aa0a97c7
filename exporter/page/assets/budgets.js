// The user's own budgets, below the limits. A published page that leaves out projects has none.

import { make, meter } from "./dom.js";
import { dollars, moment, share } from "./format.js";
import { now } from "./time.js";

const TONES = { reached: "critical", runs_out: "warning" };

/** The budgets as a list of elements; next to several accounts as one group. */
export function budgetsOf({ budgets }, several) {
  if (!budgets?.length) return [];
  const found = budgets.map((budget) => budgetOf(budget, several ? "h4" : "h3"));
  if (!several) return found;
  const title = "Budgets";
  const group = { class: "account", role: "group", "aria-label": title };
  return [make("div", group, make("h3", {}, title), make("div", { class: "windows" }, ...found))];
}

function budgetOf(budget, heading) {
  const { name, per, project, limit_usd: limit, used_usd: used, used_ratio: ratio, state } = budget;
  const whose = project === null ? "" : ` in ${project}`;
  return make(
    "div",
    { class: "limit" },
    make(heading, {}, `Budget ${name}`, make("strong", {}, share(ratio))),
    meter(`Budget ${name}`, ratio, { tone: TONES[state] ?? "calm", text: share(ratio) }),
    make("p", { class: "muted" }, `${dollars(used)} of ${dollars(limit)} ${per === "day" ? "today" : `this ${per}`}${whose}`),
    make("p", state in TONES ? { class: "verdict", "data-tone": TONES[state] } : { class: "muted" }, expectation(budget)),
  );
}

function expectation({ per, end, state, expected_usd: expected }) {
  const at = moment(end, now());
  if (state === "reached") return `Reached; the next ${per} starts ${at}`;
  if (expected === null) return `Until ${at}`;
  return `${state === "runs_out" ? "Will probably not last: about" : "About"} ${dollars(expected)} by ${at}`;
}
