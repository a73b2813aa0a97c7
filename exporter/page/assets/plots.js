// Draws charts with plotly, which is fetched only once there is something to draw, and a table of each beside it.

import { byId, fill, make, nothing, scrolling, table } from "./dom.js";
import { short } from "./format.js";
import { colour } from "./theme.js";

const CONFIG = { displayModeBar: false, displaylogo: false, scrollZoom: false };
const SERIES = 8;

let loading = null;
let turn = Promise.resolve();
const drawn = new Map();

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) if (target.data && target.clientWidth) window.Plotly.Plots.resize(target);
});

/** Plotly, from the page itself where it is inline, else from the server. */
export function plotly() {
  loading ??= window.Plotly
    ? Promise.resolve(window.Plotly)
    : new Promise((resolve, reject) => {
        const script = make("script", { src: "/assets/plotly.min.js" });
        script.onload = () => resolve(window.Plotly);
        script.onerror = () => {
          loading = null;
          script.remove();
          reject(new Error("the charts could not be loaded"));
        };
        document.head.append(script);
      });
  return loading;
}

/** Text that plotly would else read as markup. */
export const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The colour of a series. */
export const seriesColour = (index) => colour(`series-${Math.min(index, SERIES - 1)}`);

/** Round marks from 0 to `most` for an axis of tokens. */
export function marks(most) {
  const step = [1, 2, 5, 10].map((n) => n * 10 ** Math.floor(Math.log10(most / 3 || 1))).find((n) => most / n <= 5);
  const tickvals = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
  return { tickvals, ticktext: tickvals.map(short) };
}

/** What all charts have in common. */
export function layout(more) {
  const text = colour("muted");
  const axis = { gridcolor: colour("line"), zeroline: false, linecolor: colour("line"), fixedrange: true, tickangle: 0 };
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 11, color: text },
    margin: { l: 44, r: 8, t: 8, b: 28 },
    hoverlabel: { bgcolor: colour("raised"), bordercolor: colour("line"), font: { color: colour("text"), size: 12 } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11 }, traceorder: "normal" },
    ...more,
    xaxis: { ...axis, showgrid: false, ...more.xaxis },
    yaxis: { ...axis, ...more.yaxis },
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
 * Draws a chart into a card. `figure()` gives `{traces, layout}` in the colours of now; `summary` says in words what it
 * shows; `tabled()` gives the same as `[columns, rows]`, made when it is opened; `note`: nodes under the chart.
 */
export async function plot(id, chart) {
  drawn.set(id, chart);
  const card = byId(id);
  const place = frame(card);
  const area = place.querySelector(".plot");
  const caption = place.querySelector("figcaption");
  if (chart === null) {
    if (window.Plotly && area.data) window.Plotly.purge(area);
    fill(area);
    fill(caption, nothing("Nothing yet."));
    area.removeAttribute("role");
    return;
  }
  area.setAttribute("role", "img");
  area.setAttribute("aria-label", chart.summary);
  fill(caption, ...(chart.note ?? []), asTable(card, caption, chart));
  turn = turn.then(() => draw(id, area, chart));
  await turn;
}

/** Draws when it is its turn: one chart after the other, with a pause in which the clocks go on. */
async function draw(id, area, chart) {
  try {
    const library = await plotly();
    await new Promise((go) => setTimeout(go));
    if (drawn.get(id) !== chart) return; // there is newer data
    const { traces, layout: laid } = chart.figure();
    await library.react(area, traces, laid, CONFIG);
    if (area.dataset.drawn === undefined) sizes.observe(area);
    area.dataset.drawn = "yes";
    performance.mark(`chart ${id}`);
  } catch (error) {
    fill(area, nothing(`No chart: ${error.message}.`));
  }
}

function asTable(card, caption, chart) {
  const wasOpen = caption.querySelector("details")?.open ?? false;
  const title = card.querySelector("h2").textContent;
  const inside = make("div", {});
  const show = () => {
    const [columns, rows] = chart.tabled();
    fill(inside, scrolling(`${title}, as a table`, table(title, columns, rows)));
  };
  const details = make("details", { open: wasOpen }, make("summary", {}, "As a table"), inside);
  details.addEventListener("toggle", () => details.open && show());
  return details;
}

/** Draws every chart anew, after the colours changed. */
export function redraw() {
  for (const [id, chart] of drawn) plot(id, chart);
}
