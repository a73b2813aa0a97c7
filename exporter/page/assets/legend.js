// Names and colours of what charts and tables show.

import { make } from "./dom.js";
import { model, modelClass, modelOrder } from "./names.js";

const MOST = 6;
const kept = new Map(); // by grouping: the names in the order in which they were first among the most expensive

/** What has no name: under none, or read by a version that did not look. */
export const unnamed = (by, { known }) => (known === false ? "not recorded" : { skill: "no skill", agent: "no agent", mcp: "no MCP server" }[by] ?? "other");

const shortSession = ({ name, project }) => `${project ?? "session"} ${name.slice(0, 4)}`;

/**
 * The series of a chart, in the order of the stack: [{names (null: the rest), title, class}]. `sums`: of `sumsByName`.
 */
export function seriesOf(by, sums) {
  if (by === "model") {
    const names = sums.map(({ name }) => name ?? "other").sort(modelOrder);
    return names.map((name) => ({ name, title: model(name), class: modelClass(name) }));
  }
  const named = sums.filter(({ name }) => name !== null);
  const order = (kept.get(by) ?? []).filter((name) => named.some((one) => one.name === name));
  const top = named.slice(0, MOST).map(({ name }) => name);
  const chosen = [...order.filter((name) => top.includes(name)), ...top.filter((name) => !order.includes(name))];
  kept.set(by, chosen);
  const found = chosen.map((name, at) => {
    const one = named.find((sum) => sum.name === name);
    return { name, title: by === "session" ? shortSession(one) : name, class: `group-${at}` };
  });
  const rest = sums.filter(({ name }) => !chosen.includes(name));
  if (!rest.length) return found;
  const onlyNone = rest.every(({ name }) => name === null);
  return [...found, { name: null, title: onlyNone ? unnamed(by, rest[0]) : "others", class: "group-rest" }];
}

export const swatch = (hue) => make("i", { class: `sw ${hue}`, "aria-hidden": "true" });

/** The legend above a chart. */
export const legendOf = (series, ...more) =>
  make("p", { class: "legend" }, ...series.map((one) => make("span", {}, swatch(one.class), one.title)), ...more);
