// The ranges of the usage: their slots, and what was used in each by what.

import { HOUR, clock, day, moment, noonOf } from "./format.js";
import { ms, now } from "./time.js";

/** `unit`: of the answers, which are named after it; `key`: of an item's time. */
export const RANGES = {
  "24h": { name: "24 h", said: "24 hours", each: "hour", unit: "hour", answer: "hours", key: "hour", slots: 24 },
  "7d": { name: "7 d", said: "7 days", each: "day", unit: "day", answer: "days", key: "date", slots: 7 },
  "28d": { name: "4 weeks", said: "4 weeks", each: "day", unit: "day", answer: "days", key: "date", slots: 28 },
  "12m": { name: "12 months", said: "12 months", each: "month", unit: "month", answer: "months", key: "month", slots: 12 },
};
export const GROUPINGS = { model: "Model", project: "Project", session: "Session", skill: "Skill", agent: "Agent" };

/** The name of the answer with what each slot consists of. */
export const breakdownName = (range, by) => `breakdown ${RANGES[range].unit} ${by}`;

const dateBefore = (date, days) => new Date(noonOf(date) - days * 24 * HOUR).toISOString().slice(0, 10);

function monthBefore(date, months) {
  const [year, month] = date.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 - months, 15)).toISOString().slice(0, 7);
}

/** The first day that a range needs. */
export function sinceOf(unit, today) {
  if (unit === "hour") return dateBefore(today, 1);
  return unit === "day" ? dateBefore(today, 27) : `${monthBefore(today, 11)}-01`;
}

/**
 * The slots of a range, oldest first: {key, from, to (ms), name, mark (on the axis, or ""), isNow}. `today`: its date.
 * `shift`: ms, hours of zones such as India's start at half past.
 */
export function slotsOf(range, today, shift = 0) {
  const { unit, slots } = RANGES[range];
  const numbers = Array.from({ length: slots }, (_, at) => slots - 1 - at);
  if (unit === "hour") {
    const last = Math.floor((now() - shift) / HOUR) * HOUR + shift;
    return numbers.map((ago) => {
      const from = last - ago * HOUR;
      const mark = Number(clock(from).slice(0, 2)) % 4 === 0 ? clock(from) : "";
      return { key: new Date(from).toISOString(), from, to: from + HOUR, name: `${moment(from)} to ${clock(from + HOUR)}`, mark, isNow: !ago };
    });
  }
  if (unit === "day") {
    return numbers.map((ago) => {
      const key = dateBefore(today, ago);
      const from = noonOf(key) - 12 * HOUR;
      const isMarked = slots < 10 || new Date(noonOf(key)).getUTCDay() === 1;
      return { key, from, to: from + 24 * HOUR, name: day(key), mark: isMarked ? (slots < 10 ? day(key).split(",")[0] : day(key).split(", ")[1]) : "", isNow: !ago };
    });
  }
  return numbers.map((ago) => {
    const key = monthBefore(today, ago);
    const [year, month] = key.split("-").map(Number);
    const name = MONTH.format(Date.UTC(year, month - 1, 15));
    return { key, from: Date.UTC(year, month - 1), to: Date.UTC(year, month), name: `${name} ${year}`, mark: ago % 2 ? "" : name, isNow: !ago };
  });
}

const MONTH = new Intl.DateTimeFormat("en-US", { timeZone: "UTC", month: "short" });

const keyOf = (item, key) => (key === "hour" ? new Date(ms(item.hour)).toISOString() : item[key]);

/**
 * The slots with what was used: `amount` (null without), and `parts`: [{name (null: under none), known, …amount}].
 * Null as long as the answer is not there, or never.
 */
export function usedIn(range, by, source, today) {
  const { answer, key } = RANGES[range];
  const total = source.get(answer);
  if (!total) return null;
  const detail = by === "model" ? total : source.get(breakdownName(range, by));
  if (!detail) return null;
  const items = new Map(total.items.map((item) => [keyOf(item, key), item]));
  const details = new Map(detail.items.map((item) => [keyOf(item, key), item]));
  const shift = key === "hour" && total.items.length ? ms(total.items[0].hour) % HOUR : 0;
  return slotsOf(range, today, shift).map((slot) => {
    const parts = details.get(slot.key)?.[by === "model" ? "models" : "breakdown"] ?? [];
    return { ...slot, amount: items.get(slot.key) ?? null, parts: parts.map((part) => ({ ...part, name: part[by] ?? null })) };
  });
}

const NONE = { cost: 0, tokens: 0, responses: 0, unpriced: 0 };
const plus = (sum, { cost_usd: cost, tokens, responses, unpriced_tokens: unpriced }) => ({
  cost: sum.cost + cost, tokens: sum.tokens + (tokens.total ?? 0), responses: sum.responses + responses, unpriced: sum.unpriced + (unpriced ?? 0),
});

/** What was used in all slots. */
export const sumOf = (slots) => slots.reduce((sum, { amount }) => (amount ? plus(sum, amount) : sum), NONE);

/** The same by name, the most expensive first: [{name, known, project, cost, tokens, responses, unpriced}]. */
export function sumsByName(slots) {
  const found = new Map();
  for (const part of slots.flatMap(({ parts }) => parts)) {
    const key = part.name ?? (part.known === false ? "?" : "");
    const { name, known, project } = part;
    const before = found.get(key) ?? { name, known: known !== false, project, ...NONE };
    found.set(key, { ...before, ...plus(before, part) });
  }
  return [...found.values()].sort((one, other) => other.cost - one.cost || other.tokens - one.tokens);
}

