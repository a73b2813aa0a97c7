// What the page of a project reads in addition to the answers of the main page.

import { lastPart, projectOf } from "./names.js";
import { RANGES, sinceOf } from "./ranges.js";
import { ask } from "./live.js";

const EVERY_MS = 15_000;
const SESSIONS = 100;
const KINDS = ["skill", "agent"];

let read = { key: null, sequence: null, at: -Infinity };

/**
 * The project's sessions in a range with their costs by id, and what it ran under: {rows, costs, isAll, used: {skill,
 * agent}}, in which `used` is null where names are not there. Read again when something was committed, but not often.
 */
export async function projectAnswers(name, range, { source, snapshot, again }) {
  const key = `${range} ${name}`;
  const isSame = read.key === key;
  if (isSame && (read.sequence === snapshot.sequence || performance.now() - read.at < EVERY_MS)) {
    if (read.sequence !== snapshot.sequence) again(Math.max(0, read.at + EVERY_MS - performance.now()));
    return read.found;
  }
  const found = source.isLive ? await liveAnswers(name, range, snapshot, source) : await heldAnswers(name, source);
  read = { key, found, sequence: snapshot.sequence, at: performance.now() };
  return found;
}

async function liveAnswers(name, range, { today }, source) {
  const { unit, slots } = RANGES[range];
  const since = unit === "day" ? dateBefore(today.date, slots - 1) : sinceOf(unit, today.date);
  const page = { limit: SESSIONS, before: null, search: lastPart(name), session_type: "", since };
  const [sessions, bySession, ...byKind] = await Promise.all([
    source.sessions(page), ask("/api/usage", { by: "session", since }), ...KINDS.map((kind) => ask("/api/usage", { by: "project", breakdown: kind, since })),
  ]);
  const own = bySession.items.filter(({ project }) => project === name);
  const costs = new Map(own.map((item) => [item.session, item]));
  const rows = sessions.items.filter(({ id }) => costs.has(id));
  const used = byKind.map(({ items }) => items.find(({ project }) => project === name)?.breakdown ?? []);
  return { rows, costs, count: own.length, used: Object.fromEntries(KINDS.map((kind, at) => [kind, used[at]])) };
}

async function heldAnswers(name, source) {
  const { items } = await source.sessions({ limit: SESSIONS, before: null, project: name });
  const rows = items.filter(({ project_path: path }) => projectOf(path).project === name);
  return { rows, costs: await source.costs(rows), count: rows.length, used: null };
}

const dateBefore = (date, days) => new Date(Date.parse(`${date}T12:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
