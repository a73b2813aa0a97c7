// One cursor for all charts of the page: each shows its part at the time that is pointed at in one of them.

const charts = new Set();
let time = null;
let pointed = null;

/** Shows the time (ms) in every chart; null hides it. `from`: the chart that is pointed at, the only one with a text. */
export function pointAt(at, from) {
  time = at;
  pointed = from;
  charts.forEach(repoint);
}

/** Shows the time again in a chart that was drawn again. */
export const repoint = (chart) => chart.show(time, chart === pointed);

/** Adds a chart: `show(at, isPointed)`. */
export const join = (chart) => charts.add(chart);
