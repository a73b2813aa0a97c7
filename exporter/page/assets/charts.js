// What each chart shows.

import { byId, make, write } from "./dom.js";
import { DAY_MS, HOUR, day, dayTime, dollars, hourOnly, model, moment, share, short, shortDay, whole } from "./format.js";
import { layout, marks, plain, plot, seriesColour } from "./plots.js";
import { colour } from "./theme.js";
import { ms, now } from "./time.js";

const SHOWN_MODELS = 7;
const NARROW_PX = 600;
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

let order = [];

/** Local time as plotly's axes take it. */
function axisTime(at) {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** An axis of time with a mark every so many hours, from `shift` o'clock on; half of them where the page is narrow. */
function timeMarks([begin, end], hours, said, shift = 0) {
  const step = innerWidth < NARROW_PX ? 2 * hours : hours;
  const found = [];
  const mark = new Date(begin);
  for (mark.setHours(shift, 0, 0, 0); mark.getTime() < end; mark.setHours(mark.getHours() + step)) {
    if (mark.getTime() >= begin) found.push(mark.getTime());
  }
  return { type: "date", range: [axisTime(begin), axisTime(end)], tickvals: found.map(axisTime), ticktext: found.map(said) };
}

/** The models by what they used, each with its colour for as long as the page is open; the rest is `other`. */
function ranked(items) {
  const sums = new Map();
  for (const use of items.flatMap((item) => item.models)) sums.set(use.model, (sums.get(use.model) ?? 0) + use.tokens.total);
  const fresh = [...sums.keys()].filter((name) => !order.includes(name)).sort((one, other) => sums.get(other) - sums.get(one));
  order = [...order, ...fresh];
  return order.filter((name) => sums.get(name)).map((name) => [name, Math.min(order.indexOf(name), SHOWN_MODELS)]);
}

/** Bars of tokens, stacked by model. `spans`: [item, middle (ms), name for people]. */
function stacked(spans, width, axis) {
  const items = spans.map(([item]) => item);
  const models = ranked(items);
  const most = Math.max(1, ...items.map((item) => item.tokens.total));
  const used = (item, name) => item.models.find((use) => use.model === name);
  const traces = () =>
    models.map(([name, index]) => ({
      type: "bar",
      name: plain(model(name)),
      x: spans.map(([, middle]) => axisTime(middle)),
      y: items.map((item) => used(item, name)?.tokens.total ?? 0),
      width: width * 0.84,
      marker: { color: seriesColour(index), line: { width: 0 } },
      customdata: spans.map(([item, , said]) => {
        const use = used(item, name);
        return [said, use ? `${short(use.tokens.total)} · ${dollars(use.cost_usd)}` : ""];
      }),
      hovertemplate: "%{customdata[0]}<br>%{customdata[1]}<extra>%{fullData.name}</extra>",
    }));
  return {
    figure: () => ({
      traces: traces(),
      layout: layout({
        barmode: "stack",
        showlegend: true,
        xaxis: axis(),
        yaxis: { range: [0, most * 1.05], ...marks(most) },
      }),
    }),
    tabled: () => [
      [["When"], ["Tokens", "number"], ["Cost", "number"], ["Models"]],
      spans.map(([item, , said]) => [
        said, whole(item.tokens.total), dollars(item.cost_usd),
        item.models.map((use) => `${model(use.model)} ${short(use.tokens.total)}`).join(", "),
      ]),
    ],
  };
}

function summed(id, items, summary) {
  const tokens = items.reduce((sum, item) => sum + item.tokens.total, 0);
  const cost = items.reduce((sum, item) => sum + item.cost_usd, 0);
  write(byId(`${id}-sum`), `${short(tokens)} tokens · ${dollars(cost)}`);
  return `${summary}: ${short(tokens)} tokens, ${dollars(cost)} by list price.`;
}

/** Tokens by model in each of the last 24 hours. */
export function drawHours({ items }) {
  const end = Math.floor(now() / HOUR) * HOUR + HOUR;
  const begin = end - 24 * HOUR;
  const shown = items.filter((item) => ms(item.hour) >= begin && ms(item.hour) < end);
  const summary = summed("hours", shown, "Bars of tokens by model for each of the last 24 hours");
  if (!shown.length) return plot("hours", null);
  const spans = shown.map((item) => [item, ms(item.hour) + HOUR / 2, moment(item.hour, now())]);
  return plot("hours", { summary, ...stacked(spans, HOUR, () => timeMarks([begin, end], 3, hourOnly)) });
}

/** Tokens by model on each day of the last four weeks. */
export function drawDays({ items }, last) {
  const noon = (date) => new Date(`${date}T12:00:00`).getTime();
  const end = noon(last) + DAY_MS / 2;
  const begin = end - 28 * DAY_MS;
  const shown = items.filter((item) => noon(item.date) > begin && noon(item.date) < end);
  const summary = summed("days", shown, "Bars of tokens by model for each day of the last four weeks");
  if (!shown.length) return plot("days", null);
  const spans = shown.map((item) => [item, noon(item.date), day(item.date)]);
  return plot("days", { summary, ...stacked(spans, DAY_MS, () => timeMarks([begin, end], 96, shortDay, 12)) });
}

/** The blocks of the last seven days: as wide as they lasted, as high as what was used. */
export function drawBlocks({ items }) {
  const end = now() + 5 * HOUR;
  const shown = items.filter((item) => ms(item.end_time) > now() - 7 * DAY_MS).reverse();
  const tokens = shown.reduce((sum, item) => sum + item.total_tokens, 0);
  write(byId("blocks-sum"), shown.length ? `${shown.length} blocks in seven days` : "");
  if (!shown.length) return plot("blocks", null);
  const most = Math.max(1, ...shown.map((item) => item.total_tokens));
  const name = (item) => `${dayTime(item.start_time)} – ${moment(item.end_time, ms(item.start_time))}`;
  const bars = (basis, fill) => {
    const found = shown.filter((item) => item.basis === basis);
    return {
      type: "bar",
      name: basis,
      x: found.map((item) => axisTime((ms(item.start_time) + ms(item.end_time)) / 2)),
      y: found.map((item) => item.total_tokens),
      width: found.map((item) => (ms(item.end_time) - ms(item.start_time)) * 0.92),
      marker: { color: fill, line: { width: 0 }, opacity: found.map((item) => (item.is_complete ? 0.75 : 1)) },
      customdata: found.map((item) => [
        name(item), `${short(item.total_tokens)} tokens · ${dollars(item.cost_usd)}`,
        `${whole(item.total_sessions)} sessions · efficiency ${whole(item.efficiency_score)}`,
      ]),
      hovertemplate: "%{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]}<extra>%{fullData.name}</extra>",
    };
  };
  return plot("blocks", {
    summary: `Bars of tokens for ${shown.length} five-hour blocks of the last seven days: ${short(tokens)} tokens.`,
    figure: () => ({
      traces: [bars("official", colour("good")), bars("estimated", colour("series-5"))].filter((trace) => trace.x.length),
      layout: layout({
        barmode: "overlay",
        showlegend: true,
        xaxis: timeMarks([end - 7 * DAY_MS - 5 * HOUR, end], 24, shortDay),
        yaxis: { range: [0, most * 1.05], ...marks(most) },
      }),
    }),
    tabled: () => [
      [["Block"], ["Basis"], ["Sessions", "number"], ["Tokens", "number"], ["Cost", "number"], ["Efficiency", "number"]],
      shown.toReversed().map((item) => [
        item.is_complete ? name(item) : `${name(item)}, running`, item.basis, whole(item.total_sessions),
        whole(item.total_tokens), dollars(item.cost_usd), whole(item.efficiency_score),
      ]),
    ],
  });
}

/** At which hours of the week how much is used, and what a block started now would be good for. */
export function drawPlan(plan) {
  const mean = (cell) => (cell.observed_hours ? cell.tokens / cell.observed_hours : null);
  const rows = WEEKDAYS.map((_, at) => plan.items.slice(24 * at, 24 * at + 24));
  const busiest = plan.items.reduce((best, cell) => ((mean(cell) ?? 0) > (mean(best) ?? 0) ? cell : best), plan.items[0]);
  const named = (cell) => `${cell.weekday[0].toUpperCase()}${cell.weekday.slice(1)} ${String(cell.hour).padStart(2, "0")}:00`;
  write(byId("plan-sum"), `${short(plan.totals.tokens)} tokens · ${whole(plan.totals.active_minutes / 60)} active hours`);
  if (!plan.totals.tokens) return plot("plan", null);
  const said = (cell) =>
    `${named(cell)}<br>${short(mean(cell))} tokens an hour, ${whole(cell.active_minutes)} active minutes` +
    (cell.limit_hits ? `<br>${cell.limit_hits} limits reached` : "");
  return plot("plan", {
    summary: `Heat map of tokens by weekday and hour. The busiest hour is ${named(busiest)}.`,
    note: [make("p", { class: "muted" }, coverage(plan))],
    figure: () => ({
      traces: [{
        type: "heatmap",
        z: rows.map((cells) => cells.map(mean)),
        x: rows[0].map((cell) => cell.hour),
        y: WEEKDAYS.map((name) => name.slice(0, 3)),
        customdata: rows.map((cells) => cells.map(said)),
        text: rows.map((cells) => cells.map((cell) => (cell.limit_hits ? "×" : ""))),
        texttemplate: "%{text}",
        hovertemplate: "%{customdata}<extra></extra>",
        colorscale: [[0, colour("heat-0")], [0.5, colour("heat-1")], [1, colour("heat-2")]],
        showscale: false, xgap: 2, ygap: 2, hoverongaps: false,
      }],
      layout: layout({
        margin: { l: 34, r: 8, t: 8, b: 24 },
        xaxis: { tickvals: [0, 3, 6, 9, 12, 15, 18, 21], ticktext: ["0", "3", "6", "9", "12", "15", "18", "21"] },
        yaxis: { autorange: "reversed", showgrid: false },
      }),
    }),
    tabled: () => [
      [["Hour"], ...WEEKDAYS.map((name) => [name, "number"])],
      rows[0].map((cell, hour) => [`${cell.hour}:00`, ...rows.map((cells) => short(mean(cells[hour])))]),
    ],
  });
}

function coverage({ block_started_now: covered, running_block: running }) {
  if (running !== null) return `A block runs until ${moment(running.end, now())}; no other can be started before. × marks hours in which a limit was reached.`;
  if (covered.typical_tokens === null) return "What a block started now would be good for is not known yet.";
  const part = covered.share_of_week_ratio === null ? "" : `, ${share(covered.share_of_week_ratio)} of a week’s`;
  return `A block started now lasts to ${moment(covered.end, now())} and covers about ${short(covered.typical_tokens)} tokens of your usual use${part}.`;
}
