// The active sessions: which one needs you, and what each costs.

import { icon, make, nothing } from "./dom.js";
import { counted, dollars, lasting, priced, short, UNKNOWN } from "./format.js";
import { swatch } from "./legend.js";
import { model, modelClass, modelsOf, sessionAddress, sessionName } from "./names.js";
import { setting } from "./router.js";
import { ms, now } from "./time.js";

const SHOWN = 6;
const LAST = 4;
const STATES = {
  waiting: ["hand", "a_", "waits for you"], busy: ["work", "g", "working"], idle: ["idle", "", "idle"], unknown: ["idle", "", "state not known"],
};
const order = new Map(); // by id: rows keep their order while they move

const stateOf = ({ metadata }) => (metadata?.state in STATES ? metadata.state : "unknown");

/** Those that wait for you first; the others as they came. */
function sorted(rows) {
  for (const { id } of rows) if (!order.has(id)) order.set(id, order.size);
  for (const id of order.keys()) if (!rows.some((row) => row.id === id)) order.delete(id);
  const rank = (row) => (stateOf(row) === "waiting" ? 0 : 1);
  return rows.map((row, at) => [row, at]).sort(([one, first], [other, second]) => rank(one) - rank(other) || first - second).map(([row]) => row);
}

/** The list; `costs`: of sessions by id, or undefined; `recent`: rows of those that ended last, null until read. */
export function activeOf({ sessions: rows }, costs, recent) {
  if (rows === null) return [nothing("Active sessions are not known: no tracker is running, or process detection is off.")];
  if (!rows.length) {
    const last = recent === null ? Array.from({ length: LAST }, blankRow) : recent.slice(0, LAST).map((row) => rowOf(row, costs));
    return [nothing("No active sessions"), last.length ? make("ul", { class: "ss" }, ...last) : null];
  }
  const all = sorted(rows);
  const isAll = setting("active") === "all" || all.length <= SHOWN + 1;
  const shown = isAll ? all : all.slice(0, SHOWN);
  const more = isAll ? null : make("button", { type: "button", class: "more", "data-set": "active=all" }, `Show all ${all.length} sessions`);
  return [make("ul", { class: "ss" }, ...shown.map((row) => rowOf(row, costs))), more];
}

/** What stands next to the title. */
export function activeCount({ sessions: rows }, recent) {
  if (rows === null) return ["", false];
  const waiting = rows.filter((row) => stateOf(row) === "waiting").length;
  if (waiting) return [`${waiting} ${waiting === 1 ? "waits" : "wait"} for you`, true];
  if (!rows.length && recent?.length) return ["these ended last", false];
  return [rows.length ? counted(rows.length, "session") : "", false];
}

/** The room of a row that follows in a moment. */
const blankRow = () => make("li", { class: "blank", "aria-hidden": "true" }, ...["i", "pn", "st", "md", "num"].map((part) => make("span", { class: part }, "\u00a0")));

function rowOf(row, costs) {
  const { metadata } = row;
  const state = row.is_active ? stateOf(row) : "ended";
  const [symbol, tone, said] = STATES[state] ?? ["halt", "", "ended"];
  const { name, behind } = sessionName(row);
  const [what, since] = whatOf(row, state, said);
  const address = sessionAddress(row);
  const title = make("b", {}, name);
  const models = modelsOf(row);
  return make(
    "li",
    { "data-state": state, "data-key": row.id ?? row.start_time },
    icon(symbol, `${tone} ${state === "busy" ? "spin" : ""}`.trim()),
    make("span", { class: "pn" }, address === null ? title : make("a", { href: address, class: "row cut", title: row.project_path }, title), behind ? make("small", { class: "cut", title: behind }, behind) : null),
    make("span", { class: "st" }, make("span", { class: state === "waiting" ? "call" : null }, what), make("small", {}, since)),
    make("span", { class: "md cut" }, ...models.slice(0, 1).map((one) => make("span", { class: "cut" }, swatch(modelClass(one)), model(one))), models.length > 1 ? make("small", { title: models.slice(1).map(model).join(", ") }, `+${models.length - 1} more`) : null),
    make("span", { class: "num", title: tokensOf(row) }, costOf(row, costs)),
  );
}

function whatOf({ metadata, start_time: start, end_time: end }, state, said) {
  if (state === "ended") return ["ended", `${lasting(now() - ms(end ?? start))} ago`];
  const age = `started ${lasting(now() - ms(start))} ago`;
  if (state !== "waiting") return [said, age];
  const what = metadata.waiting_for ? `waits for ${metadata.waiting_for}` : said;
  return [what, metadata.waiting_since ? lasting(now() - ms(metadata.waiting_since)) : age];
}

const tokensOf = ({ estimated_tokens: count, metadata }) => `${metadata?.tokens === "lower_bound" ? "≥ " : ""}${short(count)} tokens`;

/** The cost of a session; ≥ where its transcript is cut off, – where it is not known. `costs`: undefined until read. */
export function costOf(row, costs) {
  if (row.session_type === "claude_desktop" && !row.estimated_tokens) return UNKNOWN;
  const used = costs?.get(row.id ?? row.start_time);
  if (costs === undefined) return ""; // it follows in a moment
  if (!used || used.cost_usd === null || used.cost_usd === undefined) return row.estimated_tokens ? UNKNOWN : dollars(0);
  return `${row.metadata?.tokens === "lower_bound" ? "≥ " : ""}${priced(used)}`;
}
