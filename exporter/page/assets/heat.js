// When you work: a heat map of the week, and what a block started now would typically use.

import { byId, make, write } from "./dom.js";
import { moment, share, short, whole } from "./format.js";
import { axis, options, plot } from "./plots.js";
import { colour } from "./theme.js";
import { now } from "./time.js";

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** A mark in each cell in which a limit was reached. */
const HIT_MARKS = {
  id: "hits",
  afterDatasetsDraw(chart) {
    const { ctx } = chart;
    ctx.save();
    Object.assign(ctx, { fillStyle: colour("text"), font: "12px sans-serif", textAlign: "center", textBaseline: "middle" });
    chart.data.datasets.forEach(({ cells }, row) =>
      cells.forEach((cell, at) => {
        if (!cell.limit_hits) return;
        const { x, y } = chart.getDatasetMeta(row).data[at].getCenterPoint();
        ctx.fillText("×", x, y);
      }),
    );
    ctx.restore();
  },
};

const parts = (found) => found.match(/[\d.]+/g).map(Number);

/** A color interpolated between three, from 0 to 1. */
function between(colours, ratio) {
  const at = Math.min(ratio * 2, 1.999);
  const [from, to] = [colours[Math.floor(at)], colours[Math.floor(at) + 1]];
  return `rgb(${from.map((part, index) => Math.round(part + (at % 1) * (to[index] - part))).join(", ")})`;
}

/** Usage by hour of the week, and what a block started now would typically use. */
export function drawPlan(plan) {
  const mean = (cell) => (cell.observed_hours ? cell.tokens / cell.observed_hours : null);
  const rows = WEEKDAYS.map((_, at) => plan.items.slice(24 * at, 24 * at + 24));
  const busiest = plan.items.reduce((best, cell) => ((mean(cell) ?? 0) > (mean(best) ?? 0) ? cell : best), plan.items[0]);
  const named = (cell) => `${cell.weekday[0].toUpperCase()}${cell.weekday.slice(1)} ${String(cell.hour).padStart(2, "0")}:00`;
  write(byId("plan-sum"), `${short(plan.totals.tokens)} tokens · ${whole(plan.totals.active_minutes / 60)} active hours`);
  if (!plan.totals.tokens) return plot("plan", null);
  return plot("plan", {
    summary: `Heat map of tokens by weekday and hour. The busiest hour is ${named(busiest)}.`,
    note: [make("p", { class: "muted" }, coverage(plan))],
    figure: () => figure(rows, mean, mean(busiest), named),
    tabled: () => [
      [["Hour"], ...WEEKDAYS.map((name) => [name, "number"])],
      rows[0].map((cell, hour) => [`${cell.hour}:00`, ...rows.map((cells) => short(mean(cells[hour])))]),
    ],
  });
}

/** Each weekday is a row of stacked bars of the same height. */
function figure(rows, mean, most, named) {
  const heat = ["heat-0", "heat-1", "heat-2"].map((name) => parts(colour(name)));
  const filled = (cell) => (mean(cell) === null ? "transparent" : between(heat, mean(cell) / most));
  const cell = ({ datasetIndex, dataIndex }) => rows[datasetIndex][dataIndex];
  return {
    type: "bar",
    plugins: [HIT_MARKS],
    data: {
      labels: rows[0].map(({ hour }) => hour),
      datasets: rows.map((cells) => ({
        cells,
        data: cells.map(() => 1),
        backgroundColor: cells.map(filled),
        hoverBackgroundColor: cells.map(filled),
        borderColor: colour("surface"),
        borderWidth: 1,
        borderSkipped: false,
        categoryPercentage: 1,
        barPercentage: 1,
      })),
    },
    options: options({
      legend: false,
      interaction: { mode: "point" },
      scales: {
        x: axis(rows[0].map((_, hour) => hour), (hour) => (hour % 3 ? "" : String(hour)), { stacked: true, border: { display: false } }),
        y: axis(
          rows.map((_, row) => row + 0.5), (middle) => WEEKDAYS[middle - 0.5].slice(0, 3),
          { stacked: true, reverse: true, min: 0, max: rows.length, border: { display: false } },
        ),
      },
      tooltip: {
        displayColors: false,
        callbacks: {
          title: ([one]) => named(cell(one)),
          label: (one) => `${short(mean(cell(one)))} tokens per hour, ${whole(cell(one).active_minutes)} active minutes`,
          footer: ([one]) => (cell(one).limit_hits ? `${whole(cell(one).limit_hits)} limits reached` : ""),
        },
      },
    }),
  };
}

function coverage({ block_started_now: covered, running_block: running }) {
  if (running !== null) return `A block is running until ${moment(running.end, now())}. × marks hours in which a limit was reached.`;
  if (covered.typical_tokens === null) return "Typical usage in a block that starts now is not known yet.";
  const part = covered.share_of_week_ratio === null ? "" : `, ${share(covered.share_of_week_ratio)} of a week’s`;
  return `A block started now, until ${moment(covered.end, now())}, typically uses ${short(covered.typical_tokens)} tokens${part}.`;
}
