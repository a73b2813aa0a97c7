// The current block, at the center of the page.

import { areSeveral, titleOf } from "./accounts.js";
import { badge, byId, fact, fill, make, meter, show, write } from "./dom.js";
import { dollars, lasting, model, moment, share, short, ticking, tone, usedShare, whole, windowName } from "./format.js";
import { ms, now } from "./time.js";

const KINDS = [
  ["input", "input"],
  ["output", "output"],
  ["cache_write_5m", "cache write, 5 min"],
  ["cache_write_1h", "cache write, 1 h"],
  ["cache_read", "cache read"],
];

/** Draws the block, or says that none is active. */
export function drawBlock(snapshot) {
  const { accounts, block } = snapshot;
  const isNamed = areSeveral();
  show(byId("block-account"), isNamed);
  write(byId("block-account"), isNamed ? titleOf(accounts[0]) : "");
  show(byId("block-body"), block !== null);
  show(byId("block-none"), block === null);
  if (block === null) {
    const used = snapshot.totals.responses > 0;
    fill(byId("block-basis"));
    write(byId("block-span"), "");
    write(
      byId("block-none"),
      used
        ? "No active 5-hour block. The next prompt starts one."
        : "Nothing used yet. Start Claude Code and the first response appears here.",
    );
    return;
  }
  fill(byId("block-basis"), badge(block.basis));
  byId("block-basis").title = "Whether usage reports from Claude say when this block starts and ends";
  write(byId("block-span"), `${moment(block.start, now())} – ${moment(block.end, now())}`);
  write(byId("block-tokens"), short(block.total_tokens));
  byId("block-tokens").title = `${whole(block.total_tokens)} tokens`;
  write(byId("block-cost"), dollars(block.cost_usd));
  fill(
    byId("block-projected"),
    make("span", {}, short(block.projected_tokens)),
    make("small", {}, dollars(block.projected_cost_usd)),
  );
  fill(byId("block-burn"), make("span", {}, short(block.burn_tokens_per_minute)), make("small", {}, "tokens a minute"));
  fill(byId("block-limit"), ...limitOf(block, snapshot.limits));
  fill(byId("block-mix"), mix(block));
  fill(
    byId("block-facts"),
    fact("Sessions", whole(block.sessions)),
    fact("Responses", whole(block.responses)),
    fact("Cache hits", share(block.cache_hit_ratio)),
    fact("Efficiency", block.efficiency_score === null ? share(null) : `${whole(block.efficiency_score)} of 100`),
    block.unpriced_tokens ? fact("Without a price", `${short(block.unpriced_tokens)} tokens`) : null,
  );
  const used = usedOf(block, snapshot.limits);
  ring("ring-used", used ?? 0);
  byId("ring-used").dataset.tone = byId("used").dataset.tone = binds(snapshot.limits) ? tone(used ?? 0) : "calm";
  const limit5h = fiveHours(snapshot.limits);
  write(byId("used"), used === null ? "" : `${limit5h ? usedShare(limit5h) : share(used)} used`);
}

/** Updates what changes with the clock; returns whether the block is still active. */
export function tickBlock(snapshot) {
  const block = snapshot.block;
  if (block === null) return false;
  const start = ms(block.start);
  const end = ms(block.end);
  const at = Math.min(Math.max(now(), start), end);
  write(byId("remaining"), ticking(end - at));
  write(byId("elapsed"), ticking(at - start));
  ring("ring-elapsed", (at - start) / (end - start));
  return now() < end;
}

function ring(id, ratio) {
  const length = 100 * Math.min(1, Math.max(0, ratio));
  byId(id).style.strokeDasharray = `${length} ${200 - length}`;
  byId(id).style.visibility = length ? "visible" : "hidden";
}

const fiveHours = (limits) => limits.find((limit) => limit.window === "five_hour");

/** Whether the 5-hour window applies; Claude may say that it does not. */
const binds = (limits) => fiveHours(limits)?.binds ?? true;

/** The share of the 5-hour window used: official if known, else estimated. */
function usedOf(block, limits) {
  const limit5h = fiveHours(limits);
  if (limit5h) return limit5h.utilization_ratio;
  return block.token_limit ? block.token_limit.used / block.token_limit.tokens : null;
}

function limitOf(block, limits) {
  const limit5h = fiveHours(limits);
  const limit = block.token_limit;
  const parts = [];
  if (limit5h) {
    parts.push(
      make(
        "p",
        { class: "said" },
        make("strong", {}, `${usedShare(limit5h)} used`),
        badge(limit5h.basis),
        make("span", { class: "muted" }, sourceOf(limit5h)),
      ),
    );
  }
  if (limit) {
    const isOwn = limit.basis === "custom";
    const ratio = limit5h && !isOwn ? limit5h.utilization_ratio : limit.used / limit.tokens;
    parts.push(
      meter("Share of the block’s limit", ratio, { tone: tone(ratio), mark: limit5h?.forecast.projected_ratio ?? ratio, text: share(ratio) }),
      make(
        "p",
        { class: "muted" },
        `${short(limit.used)} of ${short(limit.tokens)} ${isOwn ? "" : "cost-weighted "}tokens`,
        ` (${isOwn ? "your own limit" : "estimated size"})`,
      ),
    );
  } else if (limit5h) {
    parts.push(meter(windowName(limit5h.window), limit5h.utilization_ratio, { tone: binds(limits) ? tone(limit5h.utilization_ratio) : "calm" }));
  } else {
    parts.push(
      make("p", { class: "muted" }, "No limit known: no usage report from Claude yet, and --block-token-limit is not set."),
    );
  }
  return parts;
}

/** Source and age of a reading; the age is updated each second. */
export function sourceOf(limit) {
  if (limit.basis === "estimated") return "by the window’s estimated size";
  return make("span", {}, `${limit.source}, `, make("span", { "data-since": limit.observed_at }), " ago");
}

function mix(block) {
  const total = block.total_tokens || 1;
  const bar = make("div", { class: "mix", "aria-hidden": "true" });
  const legend = make("ul", { class: "legend" });
  for (const [key, name] of KINDS) {
    const count = block.tokens[key];
    if (!count) continue;
    const part = make("span", { "data-kind": key });
    part.style.flexGrow = count / total;
    bar.append(part);
    legend.append(make("li", { "data-kind": key }, `${name} `, make("b", {}, short(count))));
  }
  const models = block.models.map((use) =>
    make("li", {}, `${model(use.model)} `, make("b", {}, short(use.total_tokens)), ` ${dollars(use.cost_usd)}`),
  );
  return make("div", {}, bar, legend, make("ul", { class: "legend models", "aria-label": "Models" }, ...models));
}

/** Updates every age on the page. */
export function tickAges(root = document) {
  for (const element of root.querySelectorAll("[data-since]")) {
    write(element, lasting(now() - ms(element.dataset.since)));
  }
  for (const element of root.querySelectorAll("[data-until]")) {
    const left = ms(element.dataset.until) - now();
    write(element, left > 0 ? `in ${lasting(left)}` : "now");
  }
  for (const element of root.querySelectorAll("[data-ticking]")) {
    write(element, ticking(now() - ms(element.dataset.ticking)));
  }
}
