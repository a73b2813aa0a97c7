// The turns of a session along its time line, with what happened between them, and its subagents as a tree.

import { icon, make, nothing } from "./dom.js";
import { clock, counted, lasting, moment, short, weekday, windowName } from "./format.js";
import { costOf } from "./session_head.js";
import { setting } from "./router.js";
import { ms } from "./time.js";
import { card } from "./view_parts.js";

const SHOWN = 60;
const MANY = 80; // entries, from which those out of view are left to the browser
const QUARTER_MS = 15 * 60_000;
const MOST_DEPTH = 4;
const ERRORS = { rate_limit: "rate limit", server_error: "server error", overloaded: "overloaded", authentication_failed: "not logged in", billing_error: "billing", invalid_request: "invalid request" };

/** The card; of a long session its last turns, and all of them on request. */
export function turnsCard(story) {
  const { turns, agents } = story;
  const isAll = setting("turns") === "all" || turns.length <= SHOWN + 5;
  const first = isAll ? 0 : turns.length - SHOWN;
  const agentsOf = byTurn(agents.filter(({ first_at: at }) => at !== null), turns);
  const errors = eachByTurn(story.api_errors, turns);
  const known = new Map(agents.map((one) => [one.id, one]));
  const shown = turns.slice(first).map((turn, at) => turnOf(turn, first + at, agentsOf.get(first + at) ?? [], errors.get(first + at) ?? [], known));
  const since = first ? ms(turns[first].at) : -Infinity;
  const items = [...shown, ...eventsOf(story).filter(({ at }) => at >= since)].sort((one, other) => one.at - other.at);
  const more = first ? make("p", { class: "m" }, `The last ${SHOWN} of ${turns.length}. `, make("button", { type: "button", class: "more", "data-set": "turns=all" }, `Show all ${turns.length} turns`)) : null;
  const prompts = counted(turns.filter((turn) => turn.is_typed).length, "prompt");
  const sum = agents.length ? `${prompts}, ${counted(agents.length, "subagent")}` : prompts;
  return card("Turns", sum, [more, make("ol", { class: items.length > MANY ? "tl long" : "tl", role: "list" }, ...entriesOf(items, story.session.id))], "turns");
}

let drawn = []; // of the list on the page: what each entry says, to make only those that changed

/** The entries; one that is on the page as it is, is only named. */
function entriesOf(items, session) {
  const list = document.querySelector("#view-body .tl");
  const fresh = withDays(items).map(([item, day]) => ({ key: item.key, says: `${session} ${day} ${item.says}`, node: () => item.node(day) }));
  const isKept = ({ key, says }, at) => drawn[at]?.says === says && list?.children[at]?.dataset.key === key;
  const nodes = fresh.map((one, at) => (isKept(one, at) ? make("li", { "data-key": one.key, "data-keep": "" }) : one.node()));
  drawn = fresh.map(({ says }) => ({ says }));
  return nodes;
}

/** The number of the turn at a time; what is before the first one belongs to it. */
function turnAt(turns, at) {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ms(turns[middle].at) <= at) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function eachByTurn(events, turns) {
  const found = new Map();
  for (const event of events) {
    const at = turnAt(turns, ms(event.at));
    found.set(at, [...(found.get(at) ?? []), event]);
  }
  return found;
}

/** A tree stays together: it belongs to the turn of its root. */
function byTurn(agents, turns) {
  const found = new Map();
  let at = 0;
  for (const agent of agents) {
    if (agent.depth === 0) at = turnAt(turns, ms(agent.first_at));
    found.set(at, [...(found.get(at) ?? []), agent]);
  }
  return found;
}

const toolsText = (tools) => tools.map((one) => `${one.tool} ${one.calls}`).join(", ");

function turnOf(turn, number, agents, errors, known) {
  const failed = turn.tools.reduce((sum, one) => sum + (one.errors ?? 0), 0);
  const title = turn.prompt ?? (turn.is_typed ? null : "Before the first prompt");
  const lasted = make("b", {}, lasting(1000 * turn.duration_seconds));
  const tools = toolsText(turn.tools);
  const wrong = [
    failed ? `${counted(failed, "call")} failed` : null,
    errors.length ? `${counted(errors.length, "API error")}: ${[...new Set(errors.map(({ kind }) => ERRORS[kind] ?? kind.replaceAll("_", " ")))].join(", ")}` : null,
    turn.interruptions ? "interrupted by you" : null,
  ].filter(Boolean);
  const grown = turn.context_tokens === null ? null : `context ${short(turn.context_tokens)}`;
  const counts = turn.responses ? counted(turn.responses, "response") : "no response";
  const facts = [title === null ? null : lasted, title === null ? null : tools || null, counts, ...wrong.map((text) => make("span", { class: "r_" }, text)), grown];
  return {
    at: ms(turn.at),
    key: `turn-${number}`,
    says: JSON.stringify([turn, agents, errors]),
    node: (day) => entry(
      turn.at, day, make("i", { class: turn.is_typed ? "pt" : "pt ho" }), "",
      make(
        "div",
        { class: "turn" },
        title === null ? make("p", { class: "q" }, lasted, tools ? make("span", {}, ` ${tools}`) : null) : make("p", { class: "q" }, title),
        make("span", { class: "num" }, turn.responses ? costOf(turn) : "–"),
        turn.answer ? make("p", { class: "ans" }, turn.answer) : null,
        make("p", { class: "fact" }, ...facts.filter(Boolean).map((one) => (typeof one === "string" ? make("span", {}, one) : one.localName === "span" ? one : make("span", {}, one)))),
        agents.length ? treeOf(agents, known) : null,
      ),
      `turn-${number}`,
    ),
  };
}

/** An entry of the time line. `day`: named where it is another one than before. */
const entry = (at, day, sign, tone, content, key) =>
  make(
    "li",
    { "data-key": key, class: content.className === "turn" ? null : "event" },
    make("time", { datetime: at }, day ? make("span", { class: "day" }, day) : null, clock(ms(at))),
    make("span", { class: `at ${tone}`.trim() }, sign),
    content,
  );

const dayOf = (at) => moment(at).replace(/,? ?\d\d:\d\d$/, "") || weekday(at);

/** Each with the day, where it is another one than before. */
function withDays(items) {
  const days = new Map(); // by quarter of an hour: no zone's day starts in between
  let before = null;
  return items.map((item) => {
    const quarter = Math.floor(item.at / QUARTER_MS);
    if (!days.has(quarter)) days.set(quarter, dayOf(item.at));
    const day = days.get(quarter);
    const isNamed = day !== before && (before !== null || moment(item.at) !== clock(item.at));
    before = day;
    return [item, isNamed ? day : null];
  });
}

const TRIGGERS = { auto: "automatically", manual: "by you" };

/** Compactions and limits, which stand between turns. */
function eventsOf({ compactions, limits }) {
  const event = (at, symbol, tone, what, why) => ({
    at: ms(at),
    key: `${symbol} ${at}`,
    says: `${what} ${why}`,
    node: (day) => entry(at, day, icon(symbol), tone, make("div", { class: "ev" }, make("b", { class: tone || null }, what), make("small", {}, why)), `${symbol} ${at}`),
  });
  const compacted = ({ at, trigger, tokens_before: tokens }) => {
    const before = tokens === null ? "" : `It had ${short(tokens)} tokens. `;
    return event(at, "clock", "", `Context compacted${trigger in TRIGGERS ? ` ${TRIGGERS[trigger]}` : ""}`, `${before}The call itself is not in the transcript, so its cost is not counted.`);
  };
  const reached = ({ window, at, resets_at: reset }) =>
    event(at, "stop", "r_", `Limit reached: ${windowName(window)}`, reset === null ? "Its reset is not known." : `Reset ${moment(ms(reset))}.`);
  return [...(compactions ?? []).map(compacted), ...limits.map(reached)];
}

/** Subagents, each followed by those that it started. */
const treeOf = (agents, known) => make("ul", { class: "tree", "aria-label": "Subagents" }, ...agents.map((agent) => agentOf(agent, known)));

function agentOf({ id, parent, depth, type, description, first_at: start, last_at: end, usage }, known) {
  const above = known.get(parent);
  const started = above ? make("span", { class: "unseen" }, `, started by ${above.type ?? "another"}`) : null;
  return make(
    "li",
    { "data-key": id },
    make("span", { class: `name ${depth ? `in in-${Math.min(depth, MOST_DEPTH)}` : ""}`.trim() }, make("b", {}, type ?? "Subagent"), description ? ` ${description}` : null, started),
    make("span", { class: "la" }, start === null || end === null ? "" : lasting(ms(end) - ms(start))),
    make("span", { class: "re" }, usage === null ? "" : counted(usage.responses, "response")),
    make("span", { class: "num" }, usage === null ? "–" : costOf(usage)),
  );
}

/** Subagents of which only the IDs are known; null if there are none. */
export function agentsCard({ agents }) {
  const bare = agents.filter(({ first_at: at }) => at === null);
  if (!bare.length) return null;
  const ids = bare.slice(0, 12).map(({ id }) => id).join(", ");
  const more = bare.length > 12 ? ` and ${bare.length - 12} more` : "";
  return card("Subagents", counted(bare.length, "subagent"), [nothing(`What they did is not known any more. Their IDs: ${ids}${more}`)]);
}
