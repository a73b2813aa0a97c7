// Draws charts with Chart.js, which is loaded once there is something to draw, each with a table.

import { byId, fill, make, nothing, scrolling, table } from "./dom.js";
import { short } from "./format.js";
import { colour } from "./theme.js";

const SERIES = 8;
const SIZE = { size: 11 };

let loading = null;
let turn = Promise.resolve();
const newest = new Map();
const drawn = new Map();

/** Chart.js: from the page if it is inline, else from the server. */
export function library() {
  loading ??= window.Chart
    ? Promise.resolve(window.Chart)
    : new Promise((resolve, reject) => {
        const script = make("script", { src: "/assets/Chart.bundle.js" });
        script.onload = () => resolve(window.Chart);
        script.onerror = () => {
          loading = null;
          script.remove();
          reject(new Error("the charts could not be loaded"));
        };
        document.head.append(script);
      });
  return loading;
}

/** The color of a series. */
export const seriesColour = (index) => colour(`series-${Math.min(index, SERIES - 1)}`);

/** Round marks from 0 to `most`. */
function marks(most) {
  const step = [1, 2, 5, 10].map((n) => n * 10 ** Math.floor(Math.log10(most / 3 || 1))).find((n) => most / n <= 5);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

/** An axis with marks at these values, labeled by `label`. */
export function axis(values, label, more = {}) {
  return {
    border: { color: colour("line") },
    afterBuildTicks: (scale) => (scale.ticks = values.map((value) => ({ value }))),
    ...more,
    grid: { color: colour("line"), display: false, drawTicks: false, ...more.grid },
    ticks: { color: colour("muted"), font: SIZE, autoSkip: false, maxRotation: 0, padding: 4, callback: label, ...more.ticks },
  };
}

/** An axis of tokens from 0 to `most`. */
export const tokenAxis = (most, more = {}) =>
  axis(marks(most), short, { min: 0, max: most * 1.05, border: { display: false }, grid: { display: true }, ...more });

/** Options shared by all charts: `scales`, a legend or none, and the tooltip. */
export function options({ scales, legend = true, tooltip, ...more }) {
  const text = { color: colour("text"), font: { size: 12 } };
  const muted = colour("muted");
  return {
    animation: false,
    maintainAspectRatio: false,
    font: { family: getComputedStyle(document.body).fontFamily },
    interaction: { mode: "index", intersect: false },
    scales,
    plugins: {
      legend: { display: legend, align: "start", labels: { color: muted, font: SIZE, boxWidth: 10, boxHeight: 10 } },
      tooltip: {
        backgroundColor: colour("raised"), borderColor: colour("line"), borderWidth: 1, padding: 10, boxPadding: 4,
        titleColor: text.color, titleFont: { size: 12 }, bodyColor: text.color, bodyFont: { size: 12 },
        footerColor: muted, footerFont: { size: 12, weight: "normal" },
        ...tooltip,
      },
    },
    ...more,
  };
}

function frame(card) {
  const found = card.querySelector("figure");
  if (found) return found;
  const made = make("figure", {}, make("div", { class: "plot" }), make("figcaption", {}));
  card.append(made);
  return made;
}

/**
 * Draws a chart into a card. `figure()` returns Chart.js's configuration in the current colors; `summary` is a text for
 * screen readers; `tabled()` returns the data as `[columns, rows]`, built when opened; `note`: nodes under the chart.
 */
export async function plot(id, chart) {
  newest.set(id, chart);
  const card = byId(id);
  const place = frame(card);
  const area = place.querySelector(".plot");
  const caption = place.querySelector("figcaption");
  if (chart === null) {
    forget(id);
    fill(area);
    fill(caption, nothing("Nothing yet."));
    for (const name of ["role", "aria-label", "data-drawn"]) area.removeAttribute(name);
    return;
  }
  area.setAttribute("role", "img");
  area.setAttribute("aria-label", chart.summary);
  fill(caption, ...(chart.note ?? []), asTable(card, caption, chart));
  turn = turn.then(() => draw(id, area, chart));
  await turn;
}

/** Draws one chart after the other, with a pause in between so that the clocks keep running. */
async function draw(id, area, chart) {
  try {
    const Chart = await library();
    await new Promise((go) => setTimeout(go));
    if (newest.get(id) !== chart) return; // there is newer data
    const figure = chart.figure();
    const known = drawn.get(id);
    if (known) {
      keepHidden(known, figure.data);
      Object.assign(known, { data: figure.data, options: figure.options });
      known.update("none");
    } else {
      const canvas = make("canvas", {});
      fill(area, canvas);
      drawn.set(id, new Chart(canvas, figure));
    }
    area.dataset.drawn = "yes";
    performance.mark(`chart ${id}`);
  } catch (error) {
    forget(id);
    fill(area, nothing(`No chart: ${error.message}.`));
  }
}

/** Keeps the series hidden that the user hid in the legend. */
function keepHidden(chart, { datasets }) {
  const hidden = chart.data.datasets.filter((_, index) => !chart.isDatasetVisible(index)).map(({ label }) => label);
  for (const dataset of datasets) if (hidden.includes(dataset.label)) dataset.hidden = true;
}

function forget(id) {
  drawn.get(id)?.destroy();
  drawn.delete(id);
}

function asTable(card, caption, chart) {
  const wasOpen = caption.querySelector("details")?.open ?? false;
  const title = card.querySelector("h2").textContent;
  const inside = make("div", {});
  const show = () => {
    const [columns, rows] = chart.tabled();
    fill(inside, scrolling(`${title}, as a table`, table(title, columns, rows)));
  };
  const details = make("details", { open: wasOpen }, make("summary", {}, "Show as table"), inside);
  details.addEventListener("toggle", () => details.open && show());
  return details;
}

/** Redraws every chart after the colors changed. */
export function redraw() {
  for (const [id, chart] of newest) plot(id, chart);
}
