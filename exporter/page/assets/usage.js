// What was used over time: cost, tokens or share, by model, project, session, skill or agent.

import { chartIn, marks } from "./chart.js";
import { draw, make } from "./dom.js";
import { axisDollars, counted, dollars, percent, short, whole } from "./format.js";
import { legendOf, seriesOf } from "./legend.js";
import { RANGES, sumOf, sumsByName } from "./ranges.js";
import { ms } from "./time.js";

const GAP = 0.28; // of a slot
const charts = new Map(); // by their place

/** What is measured: {of(amount), said(value), axis(value), name}. `total`: cost of the range. */
const MEASURES = {
  cost: () => ({ name: "Cost", of: (used) => used.cost_usd, said: dollars, axis: axisDollars }),
  tokens: () => ({ name: "Tokens", of: (used) => used.tokens.total, said: short, axis: short }),
  share: (total) => ({ name: "Share of cost", of: (used) => (total ? used.cost_usd / total : 0), said: percent, axis: percent }),
};

/** `slots`: of `usedIn`, null as long as they are not there. Returns [title, sum, legend]. */
export function drawUsage(place, { slots, range, by, measure, hits, month }) {
  if (!charts.has(place)) charts.set(place, chartIn(place, { name: place.id }));
  const chart = charts.get(place);
  const { each, said } = RANGES[range];
  const total = slots === null ? null : sumOf(slots);
  const measured = (MEASURES[measure] ?? MEASURES.cost)(total?.cost);
  const title = `${measured.name} by ${each}`;
  if (slots === null || !total.responses) {
    chart.draw(null);
    return [title, slots === null ? "" : "no usage", null];
  }
  const sums = sumsByName(slots);
  const series = seriesOf(by, sums);
  const reached = hitsIn(slots, hits);
  const stacks = slots.map((slot) => ({ slot, parts: series.map((one) => ({ one, value: valueOf(slot, one, series, measured) })) }));
  const projected = measure === "cost" && range === "12m" ? (month?.projected_cost_usd ?? null) : null;
  chart.draw({ ...frame(stacks, measured, reached, projected), ...words(stacks, series, measured, total, title, said) });
  const limit = reached.size ? make("span", {}, make("i", { class: "lim", "aria-hidden": "true" }), "limit reached") : null;
  const kept = total.unpriced ? `${dollars(total.cost)} + ?` : dollars(total.cost);
  return [title, `${measure === "tokens" ? short(total.tokens) : kept} in ${said}`, legendOf(series, limit)];
}

/** A slot's value of a series; the rest is what no other series has. */
function valueOf({ amount, parts }, one, series, { of }) {
  if (amount === null) return 0;
  if (one.name !== null) return parts.filter(({ name }) => name === one.name).reduce((sum, part) => sum + of(part), 0);
  const named = parts.filter(({ name }) => name !== null && series.some((other) => other.name === name));
  return Math.max(0, of(amount) - named.reduce((sum, part) => sum + of(part), 0));
}

/** The numbers of the slots in which a limit was reached, with how many. */
function hitsIn(slots, hits) {
  const found = new Map();
  for (const hit of hits ?? []) {
    const at = slots.findIndex(({ from, to }) => from <= ms(hit.at) && ms(hit.at) < to);
    if (at >= 0) found.set(at, (found.get(at) ?? 0) + 1);
  }
  return found;
}

function frame(stacks, measured, reached, projected) {
  const sum = ({ parts }) => parts.reduce((all, { value }) => all + value, 0);
  const ticks = marks(Math.max(...stacks.map(sum), projected ?? 0));
  const most = ticks.at(-1);
  const count = stacks.length;
  const width = 100 / count;
  const box = (at, from, to, kind) => draw("path", { class: kind, d: `M${(at + GAP / 2) * width},${100 - from}V${100 - to}H${(at + 1 - GAP / 2) * width}V${100 - from}z` });
  const shapes = ticks.slice(1).map((value) => draw("path", { class: "gl", d: `M0,${100 - (100 * value) / most}H100` }));
  stacks.forEach(({ parts }, at) => {
    let below = 0;
    for (const { one, value } of parts) {
      if (value > 0) shapes.push(box(at, (100 * below) / most, (100 * (below + value)) / most, `part ${one.class}`));
      below += value;
    }
    if (at === count - 1 && projected !== null && projected > below) shapes.push(box(at, (100 * below) / most, (100 * projected) / most, "d3"));
  });
  shapes.push(draw("path", { class: "ax", d: "M0,100H100" }));
  const middle = (at) => (at + 0.5) / count;
  const triangles = [...reached.keys()].map((at) =>
    make("i", { class: "lim over", style: { left: `${100 * middle(at)}%`, top: `${100 - (100 * sum(stacks[at])) / most}%` } }),
  );
  return {
    shapes,
    labels: triangles,
    y: ticks.map((value) => ({ at: 1 - value / most, text: measured.axis(value) })),
    x: stacks.map(({ slot }, at) => ({ at: middle(at), text: slot.mark })).filter(({ text }) => text),
    points: stacks.map(({ slot, parts }, at) => ({
      x: middle(at), from: slot.from, to: slot.to, title: slot.name,
      lines: [
        ...parts.filter(({ value }) => value > 0).reverse().map(({ one, value }) => ({ class: one.class, name: one.title, text: measured.said(value) })),
        ...(reached.has(at) ? [{ name: counted(reached.get(at), "limit"), text: "reached" }] : []),
      ],
      total: measured.said(sum({ parts })),
    })),
  };
}

function words(stacks, series, measured, total, title, said) {
  return {
    summary: `${title}: bars of the last ${said}, ${dollars(total.cost)} by list price, ${short(total.tokens)} tokens.`,
    tabled: () => ({
      caption: `${title}, last ${said}`,
      columns: [{ name: "When" }, ...series.map(({ title: name }) => ({ name })), { name: "Tokens" }, { name: "Cost" }],
      rows: stacks.filter(({ slot }) => slot.amount !== null).map(({ slot, parts }) => [
        slot.name, ...parts.map(({ value }) => measured.said(value)), whole(slot.amount.tokens.total), dollars(slot.amount.cost_usd),
      ]),
    }),
  };
}
