// Formats numbers and times in the browser's language and time zone.

const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat(undefined, { notation: "compact", maximumSignificantDigits: 3 });
const DOLLARS = new Intl.NumberFormat(undefined, { style: "currency", currency: "USD" });
const SHARE = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });
const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const HOUR_ONLY = new Intl.DateTimeFormat(undefined, { hour: "numeric" });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY_TIME = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit",
});
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

export const UNKNOWN = "–";
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY_MS = 24 * HOUR;

const known = (value, said) => (value === null || value === undefined ? UNKNOWN : said(value));

export const whole = (number) => known(number, (value) => WHOLE.format(value));
/** 1 prompt, 2,000 prompts. */
export const counted = (number, noun) => known(number, (value) => `${WHOLE.format(value)} ${noun}${value === 1 ? "" : "s"}`);
export const short = (number) => known(number, (value) => (value < 10_000 ? WHOLE : SHORT).format(value));
export const dollars = (number) => known(number, (value) => DOLLARS.format(value));
/** An amount of a currency by its code, such as USD; the code itself if it is not one. */
export function money(number, currency) {
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(number);
  } catch {
    return `${WHOLE.format(number)} ${currency}`;
  }
}

export const share = (ratio) => known(ratio, (value) => SHARE.format(value));
export const clock = (ms) => CLOCK.format(ms);
export const hourOnly = (ms) => HOUR_ONLY.format(ms);
export const shortDay = (ms) => SHORT_DAY.format(ms);
export const dayTime = (iso) => known(iso, (value) => DAY_TIME.format(new Date(value)));
export const full = (value) => FULL.format(new Date(value));

/** A time of today without its date, any other with it. `now`: ms. */
export function moment(iso, now) {
  return known(iso, (value) => {
    const at = new Date(value);
    return (at.toDateString() === new Date(now).toDateString() ? TIME : DAY_TIME).format(at);
  });
}

/** A reset, rounded to the minute as in the verdict: reported ones vary by seconds. */
export const resetTime = (iso, now) => moment(Math.floor(Date.parse(iso) / MINUTE + 0.5) * MINUTE, now);

/** A date such as 2026-11-22, which is a day of the server: no time zone shifts it. */
export function day(date) {
  const [year, month, number] = date.split("-").map(Number);
  return DAY.format(new Date(year, month - 1, number));
}

const two = (number) => String(number).padStart(2, "0");

/** 3:05:09, to the second, as a clock that ticks. */
export function ticking(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** A rounded duration: 40 s, 12 min, 2 h 05 min, 3 days. */
export function lasting(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${two(minutes % 60)} min` : counted(Math.round(hours / 24), "day");
}

/** The last part of a path. */
export function lastPart(path) {
  return path ? path.split(/[\\/]/).filter(Boolean).at(-1) || path : UNKNOWN;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** A model's name without the common prefix. */
export const model = (name) => name.replace(/^claude-/, "");

/** A window's name for people. */
export function windowName(window) {
  if (window === "five_hour") return "Five hours";
  if (window === "spend") return "Spending";
  const words = capital(window.replace(/^seven_day_?/, "").replaceAll("_", " ").trim());
  if (!window.startsWith("seven_day")) return words;
  return words ? `Week of ${words}` : "Week";
}

/** A surface's name for people. */
export const surfaceName = (surface) => (surface === "claude_code" ? "Claude Code" : capital(surface.replaceAll("_", " ")));

/** Tokens, with ≥ for a lower bound and ≈ for an earlier tracker's estimate; unknown for Claude Desktop. */
export function tokensOf({ estimated_tokens: tokens, session_type: type, metadata }) {
  if (type === "claude_desktop" && !tokens) return UNKNOWN;
  const sign = { lower_bound: "≥ ", estimated: "≈ " }[metadata?.tokens] ?? "";
  return `${sign}${short(tokens)}`;
}

/** How much of a limit is used: 58 %; an estimate as about 58 %, and never more than over 100 %. Less is never 100 %. */
export function usedShare({ basis, utilization_ratio: ratio }) {
  const said = share(ratio < 1 ? Math.min(Math.floor(100 * ratio + 0.5), 99) / 100 : ratio);
  if (basis === "official") return said;
  return ratio >= 1 ? "over 100 %" : `about ${said}`;
}

/** calm, warning or critical, by the share of a limit used. */
export function tone(ratio) {
  return ratio >= 0.95 ? "critical" : ratio >= 0.8 ? "warning" : "calm";
}
