// Formats numbers and times, the same for everybody: as in the verdict, which the tracker writes.

import { now } from "./time.js";

export const UNKNOWN = "–";
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY_MS = 24 * HOUR;
const SPACE = "\u00a0"; // between a number and its unit, where no line breaks

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const FULL_DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const FORMS = {
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  weekday: { weekday: "short" },
  day: { month: "short", day: "numeric" },
  date: { weekday: "short", month: "short", day: "numeric" },
  month: { month: "short" },
  full: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  parts: { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", weekday: "short", hourCycle: "h23" },
};

let zone; // the browser's
const made = new Map();

/** Times are in the tracker's zone if it is one by name, else in the browser's. */
export function setZone(name) {
  if (name === zone) return;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    zone = name;
  } catch {
    zone = undefined;
  }
  made.clear();
}

function form(name) {
  if (!made.has(name)) made.set(name, new Intl.DateTimeFormat("en-US", { timeZone: zone, ...FORMS[name] }));
  return made.get(name);
}

const known = (value, said) => (value === null || value === undefined ? UNKNOWN : said(value));

export const whole = (number) => known(number, (value) => WHOLE.format(value));
/** 1 prompt, 2,000 prompts. */
export const counted = (number, noun) => known(number, (value) => `${WHOLE.format(value)} ${noun}${value === 1 ? "" : "s"}`);
export const short = (number) => known(number, (value) => (value < 10_000 ? WHOLE : SHORT).format(value));
export const dollars = (number) => known(number, (value) => DOLLARS.format(value));
/** What is usual or projected, in a sentence: from $10 without cents. */
export const roughly = (number) => known(number, (value) => (value < 10 ? DOLLARS : FULL_DOLLARS).format(value));
/** On an axis: $0, $20, $0.05. */
export const axisDollars = (value) => (Number.isInteger(value) ? FULL_DOLLARS : DOLLARS).format(value);
/** What has no known price is part of no cost, which `+ ?` says. */
export const priced = ({ cost_usd: cost, unpriced_tokens: unpriced }) => (unpriced ? `${dollars(cost)} + ?` : dollars(cost));

/** An amount of a currency by its code, such as USD; the code itself if it is not one. */
export function money(number, currency) {
  try {
    return new Intl.NumberFormat("en-US", { style: "currency", currency }).format(number);
  } catch {
    return `${WHOLE.format(number)} ${currency}`;
  }
}

/** 58 %, whole, as in the verdict. Less than everything is never 100 %. */
export const percent = (ratio) =>
  known(ratio, (value) => {
    const rounded = Math.floor(100 * value + 0.5);
    return `${WHOLE.format(value < 1 ? Math.min(rounded, 99) : rounded)}${SPACE}%`;
  });

/** The same of parts of a sum: what is shown adds up to 100, and what is used but below 1 is <1 %. */
export function shares(values) {
  const sum = values.reduce((all, value) => all + value, 0);
  if (!sum) return values.map(() => UNKNOWN);
  const exact = values.map((value) => (100 * value) / sum);
  const found = exact.map(Math.floor);
  const order = exact.map((_, at) => at).sort((one, other) => exact[other] - found[other] - (exact[one] - found[one]));
  const missing = 100 - found.reduce((all, value) => all + value, 0);
  for (const at of order.slice(0, Math.round(missing))) found[at] += 1;
  return found.map((value, at) => (value === 0 && values[at] > 0 ? `<1${SPACE}%` : `${value}${SPACE}%`));
}

/** How much of a limit is used; an estimate as about 58 %, and never more than over 100 %. */
export function usedShare({ basis, utilization_ratio: ratio }) {
  if (basis === "official") return percent(ratio);
  return ratio >= 1 ? `over 100${SPACE}%` : `about ${percent(ratio)}`;
}

export const clock = (ms) => form("clock").format(ms);
export const seconds = (ms) => form("seconds").format(ms);
export const weekday = (ms) => form("weekday").format(ms);
export const monthDay = (ms) => form("day").format(ms);
export const monthName = (ms) => form("month").format(ms);
export const dateOf = (ms) => form("date").format(ms);
export const full = (iso) => `${form("full").format(Date.parse(iso))}, ${seconds(Date.parse(iso))}`;

/** Hour of the week: 0 is Monday 0:00 to 1:00. */
export function hourOfWeek(ms) {
  const parts = Object.fromEntries(form("parts").formatToParts(ms).map(({ type, value }) => [type, value]));
  return 24 * ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(parts.weekday) + Number(parts.hour);
}

const isSameDay = (one, other) => form("full").format(one) === form("full").format(other);

/** A time of today as 13:00, within a week as Fri 13:00, beyond as Nov 16, 13:00. */
export const moment = (ms) =>
  known(ms, (at) => {
    if (isSameDay(at, now())) return clock(at);
    const isNear = Math.abs(at - now()) < 6 * DAY_MS;
    return isNear ? `${weekday(at)} ${clock(at)}` : `${monthDay(at)}, ${clock(at)}`;
  });

/** A reset, rounded to the minute as in the verdict: reported ones vary by seconds. */
export const wholeMinute = (ms) => Math.floor(ms / MINUTE + 0.5) * MINUTE;

/** A date such as 2026-11-22, which is a day of the tracker: at its noon, so that no zone shifts it. */
export const noonOf = (date) => Date.parse(`${date}T12:00Z`);
const DATE_ONLY = new Intl.DateTimeFormat("en-US", { timeZone: "UTC", weekday: "short", month: "short", day: "numeric" });
export const day = (date) => DATE_ONLY.format(noonOf(date));

const two = (number) => String(number).padStart(2, "0");

/** 3:05:09, to the second, as a clock that ticks. */
export function ticking(ms) {
  const count = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(count / 3600)}:${two(Math.floor(count / 60) % 60)}:${two(count % 60)}`;
}

/** 40 s, 12 min, 2 h 05 min, 3 d 4 h: two units at most, as in the verdict. */
export function lasting(ms) {
  const count = Math.max(0, Math.round(ms / 1000));
  if (count < 60) return `${count}${SPACE}s`;
  const minutes = Math.round(count / 60);
  if (minutes < 60) return `${minutes}${SPACE}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}${SPACE}h ${two(minutes % 60)}${SPACE}min`;
  return hours % 24 ? `${Math.floor(hours / 24)}${SPACE}d ${hours % 24}${SPACE}h` : `${hours / 24}${SPACE}d`;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** A window's name for people. */
export function windowName(window) {
  if (window === "five_hour") return "5 hours";
  if (window === "spend") return "Spending";
  const words = capital(window.replace(/^seven_day_?/, "").replaceAll("_", " ").trim());
  if (!window.startsWith("seven_day")) return words;
  return words ? `${words} week` : "Week";
}

/** A surface's name for people. */
export const surfaceName = (surface) => (surface === "claude_code" ? "Claude Code" : capital(surface.replaceAll("_", " ")));
