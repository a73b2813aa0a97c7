// Today, the week and the month against what is usual, and the user's own budgets.

import { areSeveral, accountName } from "./accounts.js";
import { draw, make } from "./dom.js";
import { counted, dollars, moment, monthDay, monthName, percent, roughly, short, UNKNOWN, weekday } from "./format.js";
import { ms, now } from "./time.js";

const WEEKS = { official: "official week", configured: "configured week", trailing: "last seven days" };
const TONES = { reached: "red", runs_out: "amber" };

/** The three columns. `usual`: the answer, or undefined. */
export function costsOf({ accounts, today, week, month }, usual) {
  const byNow = (period) => (period?.usual_by_now_usd == null ? null : `usual by now ${roughly(period.usual_by_now_usd)}`);
  const atEnd = (cost, end) => (cost === null ? null : `about ${roughly(cost)} by ${end}`);
  const owner = areSeveral() ? accountName(accounts[0].account) : null;
  const whose = owner === null ? "" : ` of ${owner}`;
  if (week === null || month === null) return [todayOf(today), unread("Week"), unread("Month")];
  const projected = week.projected_cost_usd;
  return [
    todayOf(today, byNow(usual?.day), usual?.day),
    column(owner === null ? "Week" : `Week, ${owner}`, week, [byNow(usual?.week) ?? atEnd(projected, moment(ms(week.end))) ?? "", [atEnd(projected, moment(ms(week.end))), `${WEEKS[week.basis] ?? week.basis}${whose}, ${short(week.total_tokens)} tokens`, byFamily(week)].filter(Boolean).join("; ")], bars(usual?.week, week.cost_usd, projected, monthDay, "now")),
    column("Month", month, [atEnd(month.projected_cost_usd, monthDay(ms(month.end) - 1)), usual?.month?.usual_cost_usd == null ? "" : `usual ${roughly(usual.month.usual_cost_usd)}`], bars(usual?.month, month.cost_usd, month.projected_cost_usd, monthName, monthName(now()))),
  ];
}

const todayOf = (today, said = null, usual = undefined) =>
  column("Today", today, [said ?? counted(today.prompts, "prompt"), `${short(today.total_tokens)} tokens, ${counted(today.prompts, "prompt")}, ${counted(today.tool_calls, "tool call")}`], bars(usual, today.cost_usd, null, (at) => weekday(at), "today"));

/** A period of the first read. */
const unread = (name) =>
  make("div", { "data-key": name }, make("small", { class: "period cut" }, name), make("span", { class: "fig" }, UNKNOWN), make("small", { class: "said" }, "not read yet"));

const byFamily = ({ families }) => families.map((one) => `${one.family} ${dollars(one.cost_usd)}`).join(", ");

function column(name, { cost_usd: cost }, [said, more], spark) {
  return make(
    "div",
    { "data-key": name.split(",")[0], title: more || null },
    make("small", { class: "period cut" }, name), make("span", { class: "fig" }, dollars(cost)), make("small", { class: "said" }, said),
    make("small", { class: "unseen" }, more), spark,
  );
}

/** The periods before and the current one, with what is projected of it; `named`: of the first one's start. */
function bars(usual, cost, projected, named, last) {
  if (!usual?.items.length) return null;
  const items = usual.items.map(({ cost_usd: value, start, end }) => ({ value, start, end }));
  const most = Math.max(cost, projected ?? 0, ...items.map(({ value }) => value)) || 1;
  const count = items.length + 1;
  const high = (value) => Math.max(value ? 1 : 0, (100 * value) / most);
  const box = (at, value, kind) => draw("path", { class: kind, d: `M${at + 0.12},100V${100 - high(value)}H${at + 0.88}V100z` });
  const shapes = items.map(({ value }, at) => box(at, value, "d1"));
  if (projected !== null && projected > cost) shapes.push(box(items.length, projected, "d3"));
  shapes.push(box(items.length, cost, "d2"));
  return make(
    "div",
    { class: "sp", "aria-hidden": "true" },
    make("div", { class: "spark" }, draw("svg", { viewBox: `0 0 ${count} 100`, preserveAspectRatio: "none" }, ...shapes)),
    make("div", { class: "sx" }, make("span", {}, named(ms(items[0].start) + 1)), make("span", {}, last)),
  );
}

/** The budgets, below. A published page that leaves out projects has none. */
export function budgetsOf({ budgets }) {
  return (budgets ?? []).map((one) => {
    const tone = TONES[one.state] ?? "grey";
    const whose = one.project === null ? "" : ` in ${one.project}`;
    const meter = make("span", { class: "bar", "aria-hidden": "true" }, make("i", { class: "used", style: { width: `${100 * Math.min(1, one.used_ratio)}%` } }));
    return make(
      "li",
      { class: `budget tone-${tone}`, "data-key": one.name, "data-tone": tone },
      make("span", { class: "n cut", title: one.name }, `Budget ${one.name}`),
      meter,
      make("span", { class: "p" }, percent(one.used_ratio)),
      make("span", { class: "d m" }, make("span", {}, `${dollars(one.used_usd)} of ${dollars(one.limit_usd)} ${one.per === "day" ? "today" : `this ${one.per}`}${whose}`), make("span", { class: tone === "grey" ? null : "tone" }, expectation(one))),
    );
  });
}

function expectation({ per, end, state, expected_usd: expected }) {
  const at = moment(ms(end));
  if (state === "reached") return `Reached; the next ${per} starts ${at}`;
  if (expected === null) return `Until ${at}`;
  return `${state === "runs_out" ? "Will probably not last: about" : "About"} ${dollars(expected)} by ${at}`;
}
