// How a window was used over time: its share, what is projected, its thresholds, limits reached and raised.

import { chartIn } from "./chart.js";
import { draw, make } from "./dom.js";
import { DAY_MS, HOUR, MINUTE, clock, dollars, lasting, moment, monthDay, percent, weekday, wholeMinute, windowName } from "./format.js";
import { chosenWindow, lengthOf } from "./windows.js";
import { ms, now } from "./time.js";

const SAME_RESET_MS = 10 * MINUTE;
const WARNS_AT = 0.95;
const THRESHOLDS = [WARNS_AT, 0.8];

let chart = null;

/**
 * Draws the course of the chosen window of an account; `history`: of the limits, or undefined. `isWhole`: whether no more
 * of it follows: until then nothing is said in the chart that may move.
 */
export function drawBurnup(place, account, history, isWhole) {
  chart ??= chartIn(place, { name: "burnup" });
  const window = chosenWindow(account);
  const limit = account.limits.find((one) => one.window === window) ?? null;
  const course = window === null ? null : courseOf(account, window, limit, history);
  chart.draw(course === null ? null : { ...content(course), ...(isWhole ? {} : { labels: [] }) });
  return course;
}

/** The window as it was used: {window, limit, start, end (ms), points: [{at, ratio}], hit, raises}; null if unknown. */
export function courseOf({ account, lockouts }, window, limit, history) {
  const length = lengthOf(window);
  if (length === null) return null;
  const own = (history?.history ?? []).filter((one) => one.account === account && one.window === window && one.used);
  const runs = limit !== null && limit.resets_at !== null && ms(limit.resets_at) > now();
  const end = runs ? wholeMinute(ms(limit.resets_at)) : lastReset(own);
  if (end === null) return null;
  const start = end - length;
  const within = own.filter((one) => isOf(one, start, end));
  const points = within.flatMap((one) => [[one.observed_at, one], [one.last_observed_at, one]]).map(([at, one]) => ({ at: ms(at), ratio: one.utilization_ratio }));
  if (runs) points.push({ at: Math.min(now(), Math.max(ms(limit.observed_at), points.at(-1)?.at ?? 0)), ratio: limit.utilization_ratio });
  const shown = points.filter(({ at }) => at >= start && at <= end).sort((one, other) => one.at - other.at);
  const hits = [...lockouts, ...(history?.hits ?? [])].filter((one) => one.account === account && one.window === window);
  const inside = (at) => ms(at) >= start && ms(at) < end;
  return {
    window, limit: runs ? limit : null, start, end, points: shown,
    hit: hits.find((one) => inside(one.at)) ?? null,
    raises: (history?.raises ?? []).filter((one) => one.account === account && one.window === window && inside(one.at)),
  };
}

const isOf = ({ resets_at: reset, observed_at: at }, start, end) =>
  reset === null ? ms(at) >= start && ms(at) < end : Math.abs(ms(reset) - end) < SAME_RESET_MS;

function lastReset(readings) {
  const resets = readings.map(({ resets_at: reset }) => reset).filter((reset) => reset !== null && ms(reset) <= now());
  return resets.length ? wholeMinute(ms(resets.sort().at(-1))) : null;
}

function content(course) {
  const { start, end, points, limit, hit } = course;
  const xOf = (at) => (at - start) / (end - start);
  const yOf = (ratio) => 1 - Math.min(1, ratio);
  const path = (found) => found.map(({ at, ratio }, number) => `${number ? "L" : "M"}${100 * xOf(at)},${100 * yOf(ratio)}`).join("");
  const measured = points;
  const last = measured.at(-1);
  const projected = last === undefined ? null : projectionOf(course, last);
  const lockedFrom = hit !== null && (hit.locked_out_seconds ?? 1) > 0 ? ms(hit.at) : (projected?.isFull ? projected.at : null);
  const isCovered = last !== undefined && last.ratio > 0.7 && xOf(last.at) < 0.4; // by what is used now
  return {
    summary: summaryOf(course, last, projected),
    shapes: [
      ...[0, 0.5, 1].map((at) => draw("path", { class: at === 1 ? "ax" : "gl", d: `M0,${100 * at}H100` })),
      ...THRESHOLDS.map((ratio) => draw("path", { class: "th", d: `M0,${100 * yOf(ratio)}H100` })),
      lockedFrom === null ? null : draw("path", { class: "bk", d: `M${100 * xOf(lockedFrom)},0H100V100H${100 * xOf(lockedFrom)}z` }),
      draw("path", { class: "ax", d: "M100,0V100" }),
      last === undefined ? null : draw("path", { class: "ar", d: `${path(measured)}L${100 * xOf(last.at)},100H${100 * xOf(measured[0].at)}z` }),
      last === undefined ? null : draw("path", { class: "gap", d: path([{ at: start, ratio: 0 }, measured[0]]) }),
      last === undefined ? null : draw("path", { class: "ln", d: path(measured) }),
      projected === null ? null : draw("path", { class: "pj", d: path([last, projected]) }),
      ...course.raises.map(({ at }) => draw("path", { class: "th", d: `M${100 * xOf(ms(at))},0V100` })),
    ],
    labels: [
      ...(isCovered ? [] : THRESHOLDS).map((ratio) => note(0, yOf(ratio), ratio === WARNS_AT ? [make("span", { class: "wide" }, "warns at "), percent(ratio)] : percent(ratio), `in ${last?.ratio > 0.7 ? "spare" : ""}`)),
      ...(last === undefined || limit === null ? [] : [dot(xOf(last.at), yOf(last.ratio)), nowLabel(xOf(last.at), yOf(last.ratio), last.ratio)]),
      ...(projected === null ? [] : endLabels(course, projected, xOf, yOf)),
      ...(hit !== null && lockedFrom !== null ? [lockedLabel(xOf(lockedFrom), hit, end)] : []),
      ...course.raises.map((one) => note(xOf(ms(one.at)), 0.3, `raised: ${percent(one.from_ratio)} → ${percent(one.to_ratio)}`, xOf(ms(one.at)) > 0.6 ? "left" : "in")),
      last === undefined ? note(0.5, 0.5, "No report of this window yet", "middle") : null,
    ].filter(Boolean),
    y: [{ at: 0, text: percent(1) }, { at: 0.5, text: percent(0.5) }, { at: 1, text: "0" }],
    x: [...ticksOf(course).map((at) => ({ at: xOf(at), text: tickText(course, at), class: xOf(at) < 0.08 ? "first" : "spare" })), { at: 1, text: limit === null ? clockOr(course, end) : `${clockOr(course, end)}, reset`, class: "last" }],
    points: measured.length ? cursorPoints(course, measured, projected) : [],
    tabled: () => ({
      caption: `${windowName(course.window)}: share used`,
      columns: [{ name: "Reported" }, { name: "Used" }],
      rows: points.map(({ at, ratio }) => [moment(at), percent(ratio)]),
    }),
  };
}

/** Where the dashed line ends; null if nothing is projected. */
function projectionOf({ limit, end }, last) {
  if (limit === null || !limit.binds || last.ratio >= 1) return null;
  const { state, runs_out_at: full, projected_ratio: ratio, work_left_minutes: work } = limit.forecast;
  if (state === "runs_out" && full !== null && work === null) return { at: Math.min(end, ms(full)), ratio: 1, isFull: true };
  return ratio === null ? null : { at: end, ratio, isFull: false };
}

const place = (x, y, more) => ({ class: `lab ${more}`, style: { left: `${100 * x}%`, top: `${100 * y}%` } });
const note = (x, y, text, more) => make("span", place(x, y, more), text);
const dot = (x, y, more = "") => make("i", { class: `dot ${more}`, style: { left: `${100 * x}%`, top: `${100 * y}%` } });
/** Off the line: it comes from the left below, and its projection goes to the right above. */
function nowLabel(x, y, ratio) {
  const isRight = x < 0.5 || (x < 0.6 && y < 0.3);
  const isBelow = isRight ? y < 0.85 : y < 0.2;
  return make("span", place(x, y, `tone ${isRight ? "right" : "left"} ${isBelow ? "below" : "above"}`), make("b", {}, percent(ratio)), " now");
}

function endLabels({ end, limit }, projected, xOf, yOf) {
  if (!projected.isFull) return [make("span", place(1, yOf(projected.ratio), "tone end"), make("b", {}, percent(projected.ratio)))];
  const locked = end - projected.at;
  return [
    dot(xOf(projected.at), 0, "ho"),
    make("span", place(1, 0, "tone end"), make("b", {}, clockOr({ window: limit.window }, projected.at)), make("br"), lasting(locked), make("br"), "locked out"),
  ];
}

function lockedLabel(x, hit, end) {
  const seconds = hit.locked_out_seconds;
  const text = seconds === null ? lasting(end - ms(hit.at)) : lasting(1000 * seconds);
  return make("span", place((x + 1) / 2, 0.5, "middle"), make("b", {}, text), make("br"), "locked out");
}

const isLong = (window) => window !== "five_hour";
const clockOr = ({ window }, at) => (isLong(window) ? `${weekday(at)} ${clock(at)}` : clock(at));
const tickText = ({ window, start }, at) => (isLong(window) ? (at === start ? monthDay(at) : weekday(at)) : clock(at));

function ticksOf({ window, start, end }) {
  const step = isLong(window) ? 2 * DAY_MS : 2 * HOUR;
  const found = [];
  for (let at = start; at < end - step / 2; at += step) found.push(at);
  return found;
}

/** Where the cursor stops: sixty times of the window, with the share then. */
function cursorPoints({ start, end }, measured, projected) {
  const last = measured.at(-1);
  const step = (end - start) / 60;
  return Array.from({ length: 60 }, (_, number) => {
    const from = start + number * step;
    const at = from + step / 2;
    const isPast = at <= last.at || projected === null;
    const before = measured.findLast((one) => one.at <= at) ?? measured[0];
    const part = projected === null ? 0 : (at - last.at) / (projected.at - last.at);
    const ratio = isPast ? before.ratio : Math.min(1, last.ratio + part * (projected.ratio - last.ratio));
    const name = isPast ? "used" : "projected";
    return { x: (at - start) / (end - start), from, to: from + step, title: moment(at), lines: [{ name, text: percent(ratio) }], total: null };
  });
}

function summaryOf({ window, end, limit }, last, projected) {
  const name = windowName(window);
  if (last === undefined) return `${name}: no report yet.`;
  const used = `${name}: ${percent(last.ratio)} used${limit === null ? ` when it was reset at ${moment(end)}` : ""}`;
  if (projected === null) return `${used}.`;
  return projected.isFull ? `${used}; runs out at about ${moment(projected.at)}.` : `${used}; about ${percent(projected.ratio)} by ${moment(end)}.`;
}

/** What stands over the chart: the window, and its pace. */
export function captionOf(course, account) {
  if (course === null) return [make("b", {}, "Limit over time"), make("small", {}, "")];
  const { window, limit, start, points } = course;
  if (limit === null) {
    const block = `${moment(start)} to ${clock(course.end)}`;
    return [make("b", {}, `Last ${windowName(window)} window`), make("small", {}, block)];
  }
  return [make("b", {}, windowName(window)), make("small", {}, paceOf(course, points) ?? spent(window, account))];
}

/** 10 % an hour now, lasts up to 27 %: what you do, and what you may do. */
function paceOf({ window, limit, end, start }) {
  if (!limit.binds || limit.utilization_ratio >= 1) return null;
  const { projected_ratio: ratio, state } = limit.forecast;
  if (ratio === null && state !== "runs_out") return null;
  const [unit, name] = isLong(window) ? [DAY_MS, "a day"] : [HOUR, "an hour"];
  const left = (end - now()) / unit;
  const sofar = (now() - start) / unit;
  if (left <= 0 || sofar <= 0) return null;
  return `${percent(limit.utilization_ratio / sofar)} ${name} so far, lasts up to ${percent((1 - limit.utilization_ratio) / left)}`;
}

const spent = (window, { block }) => (window === "five_hour" && block !== null ? `${dollars(block.cost_usd)} at list price` : "");
