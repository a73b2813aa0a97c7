// One cursor for all charts of the page: each shows its part at the time that is pointed at in one of them.

const charts = new Set();

/** Shows the time (ms) in every chart; null hides it. `from`: the chart that is pointed at, the only one with a text. */
export function pointAt(at, from) {
  for (const chart of charts) chart.show(at, chart === from);
}

/** Adds a chart: `show(at, isPointed)`. */
export const join = (chart) => charts.add(chart);
