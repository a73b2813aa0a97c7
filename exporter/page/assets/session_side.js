// Next to a session's turns: models, tools, the cache, and what is not in the transcript.

import { bar, make, table } from "./dom.js";
import { counted, dollars, percent, roughly, short, whole } from "./format.js";
import { formulaButton } from "./formula.js";
import { swatch } from "./legend.js";
import { model, modelClass, modelOrder } from "./names.js";
import { costOf, tokensOf } from "./session_head.js";
import { card, notes } from "./view_parts.js";

const MOST_TOOLS = 12;

/** Cost and tokens by model, in the models' fixed order. */
export function modelsCard({ models, totals }) {
  const columns = [
    { name: "Model", kind: "name" }, { name: "Output", hides: "mu if-room" }, { name: "Cache read", hides: "mu if-room" }, { name: "Tokens", kind: "mu" }, { name: "Cost" },
  ];
  const cells = (used) => [short(used.tokens.output), short(used.tokens.cache_read), tokensOf(used), costOf(used)];
  const rows = [...models].sort((one, other) => modelOrder(one.model, other.model)).map((used) => [
    make("span", { title: used.model }, swatch(modelClass(used.model)), make("b", {}, model(used.model))), ...cells(used),
  ]);
  return card("Cost and tokens by model", "", [make("div", { class: "mt" }, table("Cost and tokens by model", columns, rows, { total: ["Total", ...cells(totals)] }))]);
}

/** Calls by tool, and how many failed. */
export function toolsCard({ tools }) {
  if (!tools.length) return null;
  const calls = tools.reduce((sum, one) => sum + one.calls, 0);
  const isKnown = tools.every((one) => one.errors !== null);
  const failed = tools.reduce((sum, one) => sum + (one.errors ?? 0), 0);
  const most = tools[0].calls;
  const rows = tools.slice(0, MOST_TOOLS).map((one) => [
    make("span", { title: one.tool }, one.tool), bar(one.calls / most), one.errors ? make("span", { class: "r_" }, `${one.errors} failed`) : "", whole(one.calls),
  ]);
  const rest = tools.slice(MOST_TOOLS);
  if (rest.length) rows.push({ cells: [`${rest.length} others`, "", "", whole(rest.reduce((sum, one) => sum + one.calls, 0))], class: "rest" });
  const sum = `${counted(calls, "call")}, ${isKnown ? `${whole(failed)} failed` : "failures not known"}`;
  return card("Tools", sum, [make("div", { class: "tools" }, table("Calls by tool", [{ name: "Tool", kind: "name" }, { name: "Bar", kind: "share" }, { name: "Failed", kind: "mu" }, { name: "Calls" }], rows))]);
}

/** The prompt cache: how much of the input was read from it. */
export function cacheCard({ cache, totals }) {
  const { input, cache_read: fromCache } = totals.tokens;
  const rows = [
    ["Read from the cache", short(fromCache)], ["Written to it", short(cache.written_tokens)],
    ...(cache.rewritten_tokens ? [{ cells: [make("span", { class: "sub_" }, "again, after it had expired"), short(cache.rewritten_tokens)], class: "rest" }] : []),
    ["Not cached", short(input)],
  ];
  const share = cache.hit_ratio === null ? "nothing was sent" : `${percent(cache.hit_ratio)} of the input read from it`;
  return card("Cache", [share, formulaButton("cache")], [make("div", { class: "plain" }, table("Tokens of the input", [{ name: "Input" }, { name: "Tokens" }], rows))]);
}

const TRANSCRIPTS = {
  incomplete: ["Some files of the transcript are missing", "Failed calls, compactions and subagents may be missing, too."],
  gone: ["The transcript was deleted", "Usage and times are kept. Which calls failed, compactions and what subagents did are not known any more."],
  unreadable: ["The transcript cannot be read", "Which calls failed, compactions and what subagents did are not known."],
  none: ["No file of this session is known", "Only what the database has is shown."],
  forgotten: ["This session was forgotten", "Names, folders and texts were removed. Usage and times are kept."],
};

/** What is not known or not written; null if nothing is missing. */
export function missingCard(story, row) {
  const { transcript, totals, compactions, client_total: client, session } = story;
  const isDesktop = session.session_type === "claude_desktop";
  const found = [
    isDesktop ? ["Claude Desktop writes no transcript", "The tracker knows only when it runs."] : TRANSCRIPTS[transcript],
    row?.metadata?.imported ? ["This session was imported", row.metadata.tokens === "estimated" ? "An earlier tracker estimated its tokens. They are in no total." : "It came from another database, and its transcript may be on another machine."] : null,
    compactions?.length ? [counted(compactions.length, "compaction"), "Claude Code does not write these calls."] : null,
    totals.incomplete_responses ? [`${counted(totals.incomplete_responses, "response")} cut off`, "The output in the transcript is a minimum."] : null,
    totals.unpriced_tokens ? [`${short(totals.unpriced_tokens)} tokens without a known price`, "They are part of no cost."] : null,
    client === null ? null : clientOf(client),
  ].filter(Boolean);
  if (!found.length) return null;
  const isMinimum = totals.incomplete_responses || compactions?.length || client?.unwritten.length;
  return card("What is missing", "", [notes(found), isMinimum && totals.responses ? make("p", { class: "m foot" }, `So the cost is at least ${dollars(totals.cost_usd)}.`) : null]);
}

/** What the client reports, and what the transcript does not have of it. */
function clientOf({ reported_cost_usd: reported, transcript_cost_usd: held, unwritten }) {
  const tokens = unwritten.reduce((sum, one) => sum + one.total_tokens, 0);
  const compared = held === null ? "" : `; the transcript has ${roughly(held)} of it`;
  if (!tokens) return null;
  return [`${short(tokens)} tokens are in no transcript`, `Claude Code itself reports ${roughly(reported)} for this session${compared}.`];
}
