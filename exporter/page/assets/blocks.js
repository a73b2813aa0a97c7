// Recent 5-hour windows, limits reached or raised, and the running block.

import { accountName, areSeveral } from "./accounts.js";
import { bar, fact, make, nothing, table, tag } from "./dom.js";
import { counted, clock, dollars, lasting, moment, percent, priced, short, ticking, usedShare, whole, windowName } from "./format.js";
import { swatch } from "./legend.js";
import { model, modelClass, modelOrder } from "./names.js";
import { ms, now } from "./time.js";

const SHOWN = 8;
const MOST_HITS = 6;
const KINDS = [["input", "input"], ["output", "output"], ["cache_write_5m", "cache write, 5 min"], ["cache_write_1h", "cache write, 1 h"], ["cache_read", "cache read"]];
const SAME_MS = 600_000;

/** The last blocks: when, how full, what they cost. `history`: of the limits, for the shares and what was reached. */
export function blocksOf(items, history) {
  if (!items?.length) return ["", [nothing("No 5-hour windows yet")]];
  const shown = items.slice(0, SHOWN);
  const several = areSeveral(shown);
  const most = Math.max(...shown.map(({ cost_usd: cost }) => cost)) || 1;
  const rows = shown.map((block) => {
    const { start_time: start, account, cost_usd: cost } = block;
    const used = shareOf(block, history);
    const isReached = (history?.hits ?? []).some((hit) => hit.account === account && hit.window === "five_hour" && hit.at >= start && hit.at < block.end_time);
    const runs = !block.is_complete && ms(block.end_time) > now();
    const state = isReached ? make("span", { class: "r_" }, "reached") : runs ? make("span", { class: "g" }, "running") : null;
    return {
      "data-key": block.id,
      title: `${moment(ms(start))} to ${clock(ms(block.end_time))}, ${block.basis}: ${short(block.total_tokens)} tokens, ${counted(block.total_sessions, "session")}, efficiency ${whole(block.efficiency_score)} of 100`,
      cells: [
        make("span", { class: "when" }, moment(ms(start)), state, several ? make("small", {}, accountName(account)) : null),
        bar(cost / most, isReached ? "reached" : ""), used === null ? "" : percent(used), dollars(cost),
      ],
    };
  });
  const columns = [{ name: "Started", kind: "name" }, { name: "Bar", kind: "share" }, { name: "Used" }, { name: "Cost" }];
  return [counted(items.length, "window"), [table("Recent 5-hour windows", columns, rows)]];
}

/** How much of its window a block used: by the last official report of it; null if there is none. */
function shareOf({ account, end_time: end }, history) {
  const isOf = (one) => one.account === account && one.window === "five_hour" && one.resets_at !== null && Math.abs(ms(one.resets_at) - ms(end)) < SAME_MS;
  const found = (history?.history ?? []).filter((one) => one.used && isOf(one));
  return found.length ? found.at(-1).utilization_ratio : null;
}

/** The limits that were reached, raised or changed, latest first. */
export function hitsOf(history) {
  if (!history) return ["", [nothing("Not known yet")]];
  const { hits, raises, changes = [] } = history;
  const found = [...hits, ...raises, ...changes].sort((one, other) => ms(other.at) - ms(one.at));
  if (!found.length) return ["", [nothing("No limit has been reached so far")]];
  const several = areSeveral(found);
  const row = (one) => ({
    "data-key": `${one.at} ${one.window} ${one.account}`,
    title: "week_cost_usd" in one ? `The week until then: ${dollars(one.week_cost_usd)}` : null,
    cells: [
      make("span", { class: "when" }, moment(ms(one.at)), make("small", {}, [windowName(one.window), several ? accountName(one.account) : null].filter(Boolean).join(", "))),
      saidOf(one), "block_cost_usd" in one ? dollars(one.block_cost_usd) : "",
    ],
  });
  const columns = [{ name: "Reached", kind: "name" }, { name: "Locked out", hides: "mu" }, { name: "Block" }];
  const count = counted(hits.length, "limit");
  return [hits.length > MOST_HITS ? `${count}, the last ${MOST_HITS} shown` : count, [table("Limits reached", columns, found.slice(0, MOST_HITS).map(row))]];
}

function saidOf(one) {
  if ("from_ratio" in one) return `raised: ${percent(one.from_ratio)} → ${percent(one.to_ratio)}`;
  if ("from_usd" in one) return `size: ${dollars(one.from_usd)} → ${dollars(one.to_usd)}`;
  if (one.is_locked_out && (one.resets_at === null || ms(one.resets_at) > now())) return "now";
  if (one.locked_out_seconds === null) return "–";
  return one.locked_out_seconds === 0 ? "no" : lasting(1000 * one.locked_out_seconds);
}

/** The running block: what it used, its pace, what is projected; null if none runs. */
export function blockOf(block, limits) {
  if (block === null || ms(block.end) <= now()) return null;
  const limit = limits.find(({ window }) => window === "five_hour");
  return [
    make("p", { class: "lead" }, `${clock(ms(block.start))} to ${clock(ms(block.end))} `, tag(block.basis, "Whether usage reports from Claude say when this block starts and ends"), " ", make("span", { id: "remaining", class: "timer", role: "timer", "aria-label": "Time remaining" }, ticking(ms(block.end) - now())), " left"),
    make(
      "dl",
      { class: "facts" },
      fact("Cost", priced(block)), fact("Projected cost", `about ${dollars(block.projected_cost_usd)}`),
      fact("Tokens", make("span", { title: whole(block.total_tokens) }, short(block.total_tokens))), fact("Projected tokens", `about ${short(block.projected_tokens)}`),
      fact("Pace", `${short(block.burn_tokens_per_minute)} tokens a minute`), fact("Sessions", whole(block.sessions)),
      fact("Responses", whole(block.responses)), fact("Cache hits", percent(block.cache_hit_ratio)),
      fact("Efficiency", block.efficiency_score === null ? "–" : `${whole(block.efficiency_score)} of 100`),
      limit ? fact("Used", usedShare(limit)) : null,
      sizeOf(block.token_limit),
      block.unpriced_tokens ? fact("Without a price", `${short(block.unpriced_tokens)} tokens`) : null,
    ),
    make("ul", { class: "legend", "aria-label": "Tokens by type" }, ...KINDS.filter(([key]) => block.tokens[key]).map(([key, name]) => make("li", {}, `${name} `, make("b", {}, short(block.tokens[key]))))),
    make("ul", { class: "legend", "aria-label": "Models" }, ...[...block.models].sort((one, other) => modelOrder(one.model, other.model)).map((use) => make("li", {}, swatch(modelClass(use.model)), `${model(use.model)} `, make("b", {}, short(use.total_tokens)), ` ${dollars(use.cost_usd)}`))),
  ];
}

function sizeOf(limit) {
  if (limit === null) return null;
  const isOwn = limit.basis === "custom";
  return fact(isOwn ? "Your own limit" : "Estimated size", `${short(limit.used)} of ${short(limit.tokens)} ${isOwn ? "" : "cost-weighted "}tokens`);
}

/** What a block that starts now would typically use. */
export function coverOf(plan, block) {
  if (!plan) return null;
  const { block_started_now: covered } = plan;
  const runs = block !== null && ms(block.end) > now();
  const from = runs ? `A block is running until ${clock(ms(block.end))}. One started now` : `A block started now lasts until ${moment(ms(covered.end))} and`;
  if (covered.typical_tokens === null) return make("p", { class: "m lead" }, runs ? "Typical usage of a block that starts now is not known yet." : "No active 5-hour block. The next prompt starts one. Its typical usage is not known yet.");
  if (covered.typical_tokens === 0) return make("p", { class: "m lead" }, `${from} is usually not used.`);
  const part = covered.share_of_week_ratio === null ? "" : `, ${percent(covered.share_of_week_ratio)} of a usual week`;
  return make("p", { class: "m lead" }, `${from} typically uses ${short(covered.typical_tokens)} tokens${part}.`);
}
