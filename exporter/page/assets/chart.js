// The frame of every chart: a drawing that stretches, labels that are text, a cursor with a text, the same as a table.

import { join, pointAt, repoint } from "./cursor.js";
import { draw, fill, make, nothing, show, table } from "./dom.js";

/** Round marks from 0 to at least `most`, at most four of them above 0. */
export function marks(most) {
  if (!most) return [0, 1];
  const size = 10 ** Math.floor(Math.log10(most));
  const step = [0.2, 0.25, 0.5, 1, 2, 2.5].map((part) => part * size).find((one) => Math.ceil(most / one) <= 4) ?? 5 * size;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, number) => Number((number * step).toPrecision(12)));
}

const percentOf = (ratio) => `${100 * ratio}%`;

/**
 * A chart in `place`, which stays. `draw(content)` takes
 * - `shapes`: nodes of a drawing 100 wide and 100 high, from the left top; `labels`: nodes over it
 * - `y`, `x`: [{at: 0 to 1 from the left top, text, class}]
 * - `points`: what the cursor stops at: [{x: 0 to 1, width, from, to (ms), title, lines: [{class, name, text}], total}]
 * - `summary`: for screen readers; `tabled()`: {caption, columns, rows} of the same as a table, or absent
 */
export function chartIn(place, { name }) {
  const drawing = draw("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  const labels = make("div", { class: "labels" });
  const plot = make("div", { class: "plot", tabindex: 0, role: "img" }, drawing, labels);
  const line = make("i", { class: "cursor", hidden: true });
  const tip = make("div", { class: "tip", role: "status", hidden: true });
  const frame = make("div", { class: "frame" }, plot, line, tip);
  const asTable = tableOf();
  const empty = make("div", {});
  place.replaceChildren(frame, empty, asTable.details);
  place.dataset.own = "";
  let content = null;
  let at = null;

  function pointed(event) {
    if (content === null || !content.points.length) return;
    const box = plot.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    choose(content.points.reduce((best, one) => (Math.abs(one.x - x) < Math.abs(best.x - x) ? one : best)));
  }

  function choose(point) {
    at = content.points.indexOf(point);
    pointAt((point.from + point.to) / 2, chart);
  }

  function stepped(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") return pointAt(null, chart);
    if (step === undefined || !content?.points.length) return undefined;
    event.preventDefault();
    const last = content.points.length - 1;
    return choose(content.points[at === null ? last : Math.min(last, Math.max(0, at + step))]);
  }

  const leave = () => {
    at = null;
    pointAt(null, chart);
  };
  plot.addEventListener("pointermove", pointed);
  plot.addEventListener("pointerdown", pointed);
  plot.addEventListener("pointerleave", leave);
  plot.addEventListener("blur", leave);
  plot.addEventListener("keydown", stepped);

  const chart = {
    show(time, isPointed) {
      const point = time === null || content === null ? undefined : content.points.find((one) => one.from <= time && time < one.to);
      show(line, point !== undefined);
      show(tip, point !== undefined && isPointed);
      if (point === undefined) return;
      line.style.left = percentOf(point.x);
      if (!isPointed) return;
      tip.style.left = percentOf(point.x);
      tip.classList.toggle("before", point.x > 0.5);
      fill(tip, ...textOf(point));
    },
    draw(found) {
      content = found;
      show(frame, found !== null);
      show(empty, found === null);
      if (found === null) {
        fill(empty, nothing("Nothing yet."));
        return asTable.draw(null);
      }
      plot.setAttribute("aria-label", `${found.summary} Arrow keys move along it.`);
      fill(drawing, ...found.shapes);
      fill(labels, ...found.y.map((one) => label("y", "top", one)), ...found.x.map((one) => label("x", "left", one)), ...(found.labels ?? []));
      frame.dataset.drawn = "yes";
      asTable.draw(found.tabled ?? null);
      repoint(chart);
      performance.mark(`chart ${name}`);
      return undefined;
    },
  };
  join(chart);
  return chart;
}

const label = (kind, side, one) => make("span", { class: `${kind} ${one.class ?? ""}`.trim(), style: { [side]: percentOf(one.at) } }, one.text);

function textOf({ title, lines, total }) {
  return [
    make("b", {}, title),
    ...lines.map((one) => make("div", {}, make("span", {}, one.class ? make("i", { class: `sw ${one.class}` }) : null, one.name), make("span", {}, one.text))),
    total ? make("div", { class: "sum" }, make("span", {}, "Total"), make("b", {}, total)) : null,
  ];
}

/** "Show as table": built when it is opened, and kept up to date while it is open. */
function tableOf() {
  const inside = make("div", { class: "tabled" });
  const details = make("details", { class: "as-table", hidden: true }, make("summary", {}, "Show as table"), inside);
  let tabled = null;
  const refresh = () => {
    if (tabled === null || !details.open) return;
    const { caption, columns, rows } = tabled();
    fill(inside, table(caption, columns, rows));
  };
  details.addEventListener("toggle", refresh);
  return {
    details,
    draw(found) {
      tabled = found;
      show(details, found !== null);
      refresh();
    },
  };
}
