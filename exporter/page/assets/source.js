// Where answers come from: the API of a live tracker, or the data that a file or a published page holds.

import { ask, throttled } from "./live.js";
import { sinceOf } from "./ranges.js";

const SOON_MS = 5_000;
const LATER_MS = 30_000;
const SELDOM_MS = 600_000;
const LONGEST_WINDOW_DAYS = 8;

const usage = (unit, breakdown) => (today) => ["/api/usage", { by: unit, since: sinceOf(unit, today), breakdown }];
const ROUTES = {
  hours: [usage("hour"), SOON_MS],
  days: [usage("day"), SOON_MS],
  months: [usage("month"), LATER_MS],
  usual: [() => ["/api/usage/usual", {}], SELDOM_MS],
  blocks: [() => ["/api/five-hour-blocks", { limit: 50 }], SOON_MS],
  limits_history: [(today) => ["/api/limits/history", { since: daysBefore(today, LONGEST_WINDOW_DAYS) }], LATER_MS],
  plan: [() => ["/api/plan", {}], SELDOM_MS],
  folders: [() => ["/api/folders", {}], SOON_MS],
};
/** What a message of each type changes. */
const CHANGED_BY = {
  snapshot: () => true,
  usage: (name) => name === "hours" || name === "days" || name === "months" || name.startsWith("breakdown") || name === "costs",
  block: (name) => name === "blocks",
  limits: (name) => name === "limits_history",
  session: (name) => name === "costs",
};

/**
 * Reads answers when they are needed, and again when they changed, but not often. `snapshot()`: the latest one;
 * `arrived(name)`: an answer came.
 */
export function liveSource(snapshot, arrived) {
  const answers = new Map();
  const refused = new Set(); // names whose last answer was an error
  const reads = new Map();

  function reading(route, every, name) {
    return throttled(async () => {
      try {
        answers.set(name, await ask(...route(snapshot().today.date, snapshot())));
        refused.delete(name);
      } catch (error) {
        refused.add(name);
        console.warn(`${name}: ${error.message}`);
      }
      arrived(name);
    }, every);
  }

  function routeOf(name) {
    if (ROUTES[name]) return ROUTES[name];
    if (name === "costs") return [costsOfActive, SOON_MS];
    const [, unit, by] = name.split(" ");
    return [usage(unit, by), LATER_MS];
  }

  const isKnown = (name) => answers.has(name) || refused.has(name);

  return {
    isLive: true,
    hasNames: true,
    get: (name) => answers.get(name),
    /** Whether all that was needed is there, or was refused. */
    isSettled: () => [...reads.keys()].every(isKnown),
    /** Whether an answer is there, or was refused. */
    isKnown,
    /** Reads an answer that nobody has read yet. */
    need(name) {
      if (reads.has(name)) return;
      reads.set(name, reading(...routeOf(name), name));
      reads.get(name)();
    },
    /** Reads again what a message changed. */
    changed(types) {
      for (const [name, read] of reads) if (types.some((type) => CHANGED_BY[type]?.(name))) read();
    },
    /** Reads at once, where a limit was reached or raised. */
    now(name) {
      reads.set(name, reading(...routeOf(name), name));
      reads.get(name)();
    },
    sessions: (query) => ask("/api/sessions/recent", query),
    /** Costs of the sessions of a page, by id. */
    async costs(rows) {
      const since = rows.map((row) => row.start_time).filter(Boolean).sort()[0]?.slice(0, 10);
      if (!since) return new Map();
      const found = await ask("/api/usage", { by: "session", since: dayBefore(since) });
      return new Map(found.items.map((item) => [item.session, item]));
    },
    story: (id) => ask(`/api/sessions/${encodeURIComponent(id)}`, { texts: showsTexts() ? "true" : null }),
    doctor: () => ask("/api/doctor"),
  };
}

/** Whether the user turned on texts of prompts and answers. */
const showsTexts = () => document.querySelector('meta[name="texts"]') !== null;

const daysBefore = (date, days) => new Date(Date.parse(`${date}T12:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
const dayBefore = (date) => daysBefore(date, 1);

/** The costs of the active sessions: since the first of them started. */
function costsOfActive(today, { sessions }) {
  const starts = (sessions ?? []).map((row) => row.start_time?.slice(0, 10)).filter(Boolean);
  return ["/api/usage", { by: "session", since: dayBefore([today, ...starts].sort()[0]) }];
}

/** The same from data that is there already. `held()`: the data; `pages`: of its sessions. */
export function heldSource(held, pages) {
  const costOf = (row) => ({ cost_usd: row.cost_usd, responses: row.responses, unpriced_tokens: 0 });
  return {
    isLive: false,
    get hasNames() {
      return held().privacy !== "totals";
    },
    get(name) {
      if (name === "costs") return { items: held().sessions.items.map((row) => ({ session: row.id, start: row.start_time, ...costOf(row) })) };
      if (!name.startsWith("breakdown")) return held()[name] ?? null;
      const [, unit, by] = name.split(" ");
      return held().breakdowns?.[unit]?.[by] ?? null;
    },
    isSettled: () => true,
    isKnown: () => true,
    need: () => {},
    changed: () => {},
    now: () => {},
    sessions: (query) => Promise.resolve(pages(held().sessions.items)(query)),
    costs: (rows) => Promise.resolve(new Map(rows.map((row) => [row.id, costOf(row)]))),
    story: () => Promise.resolve(null),
    doctor: () => Promise.resolve(null),
  };
}
