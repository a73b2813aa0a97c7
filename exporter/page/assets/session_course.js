// The course of a session: cost of each turn and how far the context had grown, along the time.

import { chartIn, marks } from "./chart.js";
import { scaleOf } from "./course.js";
import { draw, make } from "./dom.js";
import { axisDollars, clock, counted, lasting, moment, short } from "./format.js";
import { formulaButton } from "./formula.js";
import { costOf, tokensOf } from "./session_head.js";
import { ms } from "./time.js";
import { card, placeOf } from "./view_parts.js";

const APART = 0.11; // labels closer than this would overlap
const NARROWEST = 0.35; // of a bar, % of the width

const context = placeOf("course-context", (place) => chartIn(place, { name: "context" }));
const cost = placeOf("course-cost", (place) => chartIn(place, { name: "turns" }));

/** The card, with the places of its charts. */
export function courseCard() {
  const figure = (title, said, key, spot) =>
    make("figure", { "data-key": title }, make("figcaption", { class: "cap" }, make("span", {}, make("b", {}, title), formulaButton(key)), make("small", {}, said)), spot);
  return card("Over time", "pauses are shortened", [
    make("div", { class: "cs" }, figure("Context", "tokens sent with the last response of a turn", "context", context.spot()), figure("Cost by turn", "width is how long it worked", "cost", cost.spot())),
  ], "course");
}

/** Draws the charts, once their places are there. */
export function drawCourse(story) {
  const turns = story.turns.map((turn, at) => ({ turn, at, from: ms(turn.at), to: ms(turn.at) + 1000 * turn.duration_seconds }));
  const scale = scaleOf(turns);
  const points = pointsOf(turns, scale);
  const x = labelsOf(scale);
  const over = eventsOver(story, scale);
  context.chart()?.draw(contextOf(story, turns, scale, points, over));
  cost.chart()?.draw(costsOf(turns, scale, points, x, over));
}

/** What the cursor stops at. Their texts are made when they are shown. */
function pointsOf(turns, scale) {
  return turns.map(({ turn, at, from, to }) => ({
    x: (scale.at(from) + scale.at(Math.max(to, from))) / 2,
    from,
    to: turns[at + 1]?.from ?? Math.max(to, from) + 1,
    get title() {
      return `${turn.is_typed ? "Turn" : "Before the first prompt"}, ${moment(from)}`;
    },
    get lines() {
      return [
        { name: "Cost", text: turn.responses ? costOf(turn) : "–" }, { name: "Tokens", text: tokensOf(turn) },
        { name: "Worked", text: lasting(to - from) }, { name: "Context", text: short(turn.context_tokens) },
      ];
    },
    total: null,
  }));
}

/** The times where a stretch of turns starts, where there is room. */
function labelsOf(scale) {
  const found = [];
  for (const at of scale.starts) {
    const place = scale.at(at);
    if (found.length && place - found.at(-1).at < APART) continue;
    if (place > 0.95) continue;
    found.push({ at: place, text: found.length ? clock(at) : moment(at), class: found.length ? (found.length % 2 ? "spare" : "") : "first" });
  }
  return found;
}

/** Limits and compactions as lines, shortened pauses as dotted ones. */
function eventsOver({ limits, compactions }, scale) {
  const line = (at, kind) => draw("path", { class: kind, d: `M${100 * at},0V100` });
  return [
    ...scale.cuts.map(({ at }) => line(at, "th")),
    ...(compactions ?? []).map((one) => line(scale.at(ms(one.at)), "cmp")),
    ...limits.map((one) => line(scale.at(ms(one.at)), "stop")),
  ];
}

/** How far the context had grown: [{at (ms), tokens}], at the end of each turn and when it was compacted. */
function grown({ compactions }, turns) {
  const ends = turns.filter(({ turn }) => turn.context_tokens !== null).map(({ turn, to }) => ({ at: to, tokens: turn.context_tokens }));
  const peaks = (compactions ?? []).filter((one) => one.tokens_before !== null).map((one) => ({ at: ms(one.at), tokens: one.tokens_before }));
  return [...ends, ...peaks].sort((one, other) => one.at - other.at);
}

function contextOf(story, turns, scale, points, over) {
  const known = grown(story, turns);
  if (known.length < 2) return null;
  const ticks = marks(Math.max(...known.map(({ tokens }) => tokens)));
  const most = ticks.at(-1);
  const place = ({ at, tokens }) => [100 * scale.at(at), 100 - (100 * tokens) / most];
  const path = known.map((one) => place(one).map((value) => value.toFixed(2)).join(",")).join(" L");
  const [[start], [end]] = [place(known[0]), place(known.at(-1))];
  const last = known.at(-1).tokens;
  return {
    shapes: [
      ...ticks.slice(1).map((value) => draw("path", { class: "gl", d: `M0,${100 - (100 * value) / most}H100` })),
      draw("path", { class: "ca", d: `M${start},100 L${path} L${end},100z` }), draw("path", { class: "cl", d: `M${path}` }), ...over, draw("path", { class: "ax", d: "M0,100H100" }),
    ],
    y: ticks.filter((_, at) => at % 2 === 0 || ticks.length < 4).map((value) => ({ at: 1 - value / most, text: short(value) })),
    x: [],
    labels: (story.compactions ?? []).map((one) => make("span", { class: "lab in spare", style: { left: `${100 * scale.at(ms(one.at))}%`, top: 0 } }, "compacted")),
    points,
    summary: `How far the context had grown after each of ${counted(turns.length, "turn")}: ${short(last)} tokens after the last one.`,
  };
}

function costsOf(turns, scale, points, x, over) {
  const ticks = marks(Math.max(...turns.map(({ turn }) => turn.cost_usd)));
  const most = ticks.at(-1);
  const bars = turns.filter(({ turn }) => turn.cost_usd > 0).map(({ turn, from, to }) => {
    const left = 100 * scale.at(from);
    const width = Math.max(NARROWEST, 100 * scale.at(to) - left);
    return `M${left.toFixed(2)},${(100 - (100 * turn.cost_usd) / most).toFixed(2)}h${width.toFixed(2)}V100h-${width.toFixed(2)}z`;
  });
  const costliest = turns.reduce((best, one) => (one.turn.cost_usd > best.turn.cost_usd ? one : best));
  return {
    shapes: [
      ...ticks.slice(1).map((value) => draw("path", { class: "gl", d: `M0,${100 - (100 * value) / most}H100` })),
      draw("path", { class: "tb", d: bars.join("") }), ...over, draw("path", { class: "ax", d: "M0,100H100" }),
    ],
    y: ticks.filter((_, at) => at % 2 === 0 || ticks.length < 4).map((value) => ({ at: 1 - value / most, text: axisDollars(value) })),
    x,
    points,
    summary: `Cost of each of ${counted(turns.length, "turn")}; the most expensive one at ${moment(costliest.from)} cost ${costOf(costliest.turn)}.`,
    tabled: () => ({
      caption: "Cost by turn",
      columns: ["Started", "Worked", "Responses", "Tokens", "Context", "Cost"].map((name) => ({ name })),
      rows: turns.map(({ turn, from, to }) => [moment(from), lasting(to - from), String(turn.responses), tokensOf(turn), short(turn.context_tokens), costOf(turn)]),
    }),
  };
}
