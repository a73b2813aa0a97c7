// What each chart shows.

import { accountName, areSeveral } from "./accounts.js";
import { byId, write } from "./dom.js";
import { DAY_MS, HOUR, counted, day, dayTime, dollars, hourOnly, model, moment, short, shortDay, whole } from "./format.js";
import { axis, options, plot, seriesColour, tokenAxis } from "./plots.js";
import { colour } from "./theme.js";
import { ms, now } from "./time.js";

const SHOWN_MODELS = 7;
const NARROW_PX = 600;
const ACCOUNT_COLOURS = ["good", "series-4", "series-6", "series-3", "series-5", "series-7"]; // not those of most models
const MIN_AXIS_TOKENS = 10; // tokens an axis reaches

let order = [];

/** Every n-th label, half as many on a narrow page. */
const isMarked = (number, every) => number % (innerWidth < NARROW_PX ? 2 * every : every) === 0;

/** The models by usage, each with a color that stays while the page is open; the rest is `other`. */
function ranked(items) {
  const sums = new Map();
  for (const use of items.flatMap((item) => item.models)) sums.set(use.model, (sums.get(use.model) ?? 0) + use.tokens.total);
  const fresh = [...sums.keys()].filter((name) => !order.includes(name)).sort((one, other) => sums.get(other) - sums.get(one));
  order = [...order, ...fresh];
  return order.filter((name) => sums.get(name)).map((name) => [name, Math.min(order.indexOf(name), SHOWN_MODELS)]);
}

/** Bars of tokens, stacked by model. `slots`: {item or undefined, name for people, mark on the axis or ""}. */
function stacked(slots) {
  const items = slots.flatMap(({ item }) => item ?? []);
  const most = Math.max(MIN_AXIS_TOKENS, ...items.map((item) => item.tokens.total));
  const used = (item, name) => item?.models.find((use) => use.model === name);
  const said = (use) => (use ? `${short(use.tokens.total)} · ${dollars(use.cost_usd)}` : "");
  const total = ([one]) => (one ? `${short(slots[one.dataIndex].item.tokens.total)} tokens` : ""); // none without usage
  return {
    figure: () => ({
      type: "bar",
      data: {
        labels: slots.map((slot) => slot.name),
        datasets: ranked(items).map(([name, index]) => ({
          label: model(name),
          data: slots.map(({ item }) => used(item, name)?.tokens.total ?? 0),
          said: slots.map(({ item }) => said(used(item, name))),
          backgroundColor: seriesColour(index),
          categoryPercentage: 1,
          barPercentage: 0.84,
        })),
      },
      options: options({
        scales: {
          x: axis(slots.map((_, index) => index), (index) => slots[index].mark, { stacked: true }),
          y: tokenAxis(most, { stacked: true }),
        },
        tooltip: {
          filter: (one) => one.raw > 0,
          itemSort: (one, other) => other.datasetIndex - one.datasetIndex,
          callbacks: { label: ({ dataset, dataIndex }) => ` ${dataset.label}: ${dataset.said[dataIndex]}`, footer: total },
        },
      }),
    }),
    tabled: () => [
      [["When"], ["Tokens", "number"], ["Cost", "number"], ["Models"]],
      slots.filter(({ item }) => item).map(({ item, name }) => [
        name, whole(item.tokens.total), dollars(item.cost_usd),
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

/** A chart of slots that start at `starts` (ms); each holds the item that starts then. */
function drawSlots(id, items, starts, begin, named, mark, summary) {
  const found = new Map(items.map((item) => [begin(item), item]));
  const slots = starts.map((at) => ({ item: found.get(at), name: named(at), mark: mark(at) }));
  const shown = slots.flatMap(({ item }) => item ?? []);
  const said = summed(id, shown, summary);
  plot(id, shown.length ? { summary: said, ...stacked(slots) } : null);
}

/** Tokens by model in each of the last 24 hours. */
export function drawHours({ items }) {
  const shift = items.length ? ms(items[0].hour) % HOUR : 0; // hours of zones such as India's start at half past
  const last = Math.floor((now() - shift) / HOUR) * HOUR + shift;
  const starts = Array.from({ length: 24 }, (_, index) => last - (23 - index) * HOUR);
  const named = (at) => moment(new Date(at).toISOString(), now());
  const mark = (at) => (isMarked(new Date(at).getHours(), 3) ? hourOnly(at) : "");
  drawSlots(
    "hours", items, starts, (item) => ms(item.hour), named, mark, "Bars of tokens by model for each of the last 24 hours",
  );
}

/** Tokens by model on each day of the last four weeks; `last` is its date. */
export function drawDays({ items }, last) {
  const at = (date) => Date.parse(`${date}T12:00Z`);
  const date = (begin) => new Date(begin).toISOString().slice(0, 10);
  const starts = Array.from({ length: 28 }, (_, index) => at(last) - (27 - index) * DAY_MS);
  const mark = (begin) => (isMarked((at(last) - begin) / DAY_MS, 4) ? shortDay(new Date(`${date(begin)}T12:00`).getTime()) : "");
  drawSlots(
    "days", items, starts, (item) => at(item.date), (begin) => day(date(begin)), mark,
    "Bars of tokens by model for each day of the last four weeks",
  );
}

/** The blocks of the last seven days: width is length, height is tokens. */
export function drawBlocks({ items }) {
  const end = now() + 5 * HOUR;
  const begin = end - 7 * DAY_MS - 5 * HOUR;
  const shown = items.filter((item) => ms(item.end_time) > now() - 7 * DAY_MS).reverse();
  const tokens = shown.reduce((sum, item) => sum + item.total_tokens, 0);
  write(byId("blocks-sum"), shown.length ? `${counted(shown.length, "block")} in seven days` : "");
  if (!shown.length) return plot("blocks", null);
  const most = Math.max(MIN_AXIS_TOKENS, ...shown.map((item) => item.total_tokens));
  const name = (item) => `${dayTime(item.start_time)} – ${moment(item.end_time, ms(item.start_time))}`;
  const midnights = [];
  const midnight = new Date(begin);
  for (midnight.setHours(24, 0, 0, 0); midnight.getTime() < end; midnight.setHours(24, 0, 0, 0)) {
    midnights.push(midnight.getTime());
  }
  const several = areSeveral(shown);
  // Each block is a step of its own: its start and its end at its height, and a gap after it.
  const steps = (label, items, full) => {
    const data = items.flatMap((item) => {
      const [from, to] = [ms(item.start_time), ms(item.end_time)];
      const margin = (to - from) * 0.04;
      return [[from + margin, item.total_tokens], [to - margin, item.total_tokens], [to, NaN]].map(([x, y]) => ({ x, y, item }));
    });
    const past = full.replace(")", ", 0.75)");
    const backgroundColor = ({ p0DataIndex }) => (data[p0DataIndex].item.is_complete ? past : full);
    return { label, data, fill: "origin", borderWidth: 0, pointRadius: 0, backgroundColor: full, segment: { backgroundColor } };
  };
  const of = (key, value) => shown.filter((item) => item[key] === value);
  const byBasis = () => [["official", "good"], ["estimated", "series-5"]].map(([basis, name]) => steps(basis, of("basis", basis), colour(name)));
  const labels = [...new Set(shown.map((item) => item.account))].sort();
  const byAccount = () => labels.map((label, index) => steps(accountName(label), of("account", label), colour(ACCOUNT_COLOURS[index % ACCOUNT_COLOURS.length])));
  const whose = (item) => (several ? [accountName(item.account)] : []);
  return plot("blocks", {
    summary: `Bars of tokens for ${shown.length} 5-hour blocks of the last seven days: ${short(tokens)} tokens.`,
    figure: () => ({
      type: "line",
      data: { datasets: (several ? byAccount() : byBasis()).filter(({ data }) => data.length) },
      options: options({
        parsing: false,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: { x: axis(midnights.filter((_, number) => isMarked(number, 1)), shortDay, { type: "linear", min: begin, max: end }), y: tokenAxis(most) },
        tooltip: {
          callbacks: {
            title: ([one]) => name(one.raw.item),
            label: ({ raw: { item } }) => ` ${short(item.total_tokens)} tokens · ${dollars(item.cost_usd)}, ${[...whose(item), item.basis].join(", ")}`,
            footer: ([{ raw: { item } }]) => `${counted(item.total_sessions, "session")} · efficiency ${whole(item.efficiency_score)}`,
          },
        },
      }),
    }),
    tabled: () => [
      [["Block"], ...(several ? [["Account"]] : []), ["Basis"], ["Sessions", "number"], ["Tokens", "number"], ["Cost", "number"], ["Efficiency", "number"]],
      shown.toReversed().map((item) => [
        item.is_complete ? name(item) : `${name(item)}, running`, ...whose(item), item.basis, whole(item.total_sessions),
        whole(item.total_tokens), dollars(item.cost_usd), whole(item.efficiency_score),
      ]),
    ],
  });
}
