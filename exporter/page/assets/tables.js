// What the range was used for: projects, models, agents, skills and MCP servers.

import { bar, make, nothing, table } from "./dom.js";
import { UNKNOWN, counted, dollars, percent, shares, short, whole } from "./format.js";
import { swatch, unnamed } from "./legend.js";
import { model, modelClass, modelOrder, projectAddress } from "./names.js";

const PROJECTS = 8;
const NAMED = 5;

const costOf = ({ cost, unpriced }) => (unpriced ? `${dollars(cost)} + ?` : dollars(cost));
const measureOf = (measure) => (one) => (measure === "tokens" ? one.tokens : one.cost);
const together = (sums) =>
  sums.reduce((all, one) => ({ cost: all.cost + one.cost, tokens: all.tokens + one.tokens, responses: all.responses + one.responses, unpriced: all.unpriced + one.unpriced }), { cost: 0, tokens: 0, responses: 0, unpriced: 0 });

/** A table of what was used: name, bar, share, responses, tokens, cost, and the sum of all. */
function usedTable(caption, name, rows, measure) {
  const of = measureOf(measure);
  const parts = shares(rows.map(({ sum }) => of(sum)));
  const most = Math.max(...rows.map(({ sum }) => of(sum))) || 1;
  const all = together(rows.map(({ sum }) => sum));
  const columns = [
    { name, kind: "name" }, { name: "Bar", kind: "share" }, { name: "Share" }, { name: "Responses", hides: "mu if-wide" },
    { name: "Tokens", hides: "mu if-wide" }, { name: "Cost" },
  ];
  const lines = rows.map(({ title, hue, sum }, at) => [
    title, bar(of(sum) / most, hue), parts[at], whole(sum.responses), make("span", { title: whole(sum.tokens) }, short(sum.tokens)), costOf(sum),
  ]);
  return table(caption, columns, lines, { total: ["Total", "", rows.length ? percent(1) : UNKNOWN, whole(all.responses), short(all.tokens), costOf(all)] });
}

/** By project; `sums`: of `sumsByName`, null as long as they are not there. */
export function projectsOf(sums, measure) {
  if (sums === null) return ["", [nothing("Not known yet")]];
  if (!sums.length) return ["", [nothing("No projects yet")]];
  const shown = sums.slice(0, sums.length > PROJECTS + 1 ? PROJECTS : sums.length);
  const rows = shown.map((sum) => ({ sum, title: sum.name === null ? "other" : make("a", { href: projectAddress(sum.name), class: "row cut", title: sum.name }, make("b", {}, sum.name)) }));
  const rest = sums.slice(shown.length);
  if (rest.length) rows.push({ sum: together(rest), title: `${rest.length} others` });
  return [counted(sums.length, "project"), [usedTable("Projects by cost", "Project", rows, measure)]];
}

/** By model, in their fixed order. */
export function modelsOf(sums, measure) {
  if (!sums?.length) return ["", [nothing("No models yet")]];
  const sorted = [...sums].sort((one, other) => modelOrder(one.name ?? "", other.name ?? ""));
  const rows = sorted.map((sum) => ({ sum, hue: modelClass(sum.name ?? ""), title: make("span", {}, swatch(modelClass(sum.name ?? "")), make("b", { title: sum.name }, model(sum.name ?? "other"))) }));
  return [counted(sums.length, "model"), [usedTable("Models by cost", "Model", rows, measure)]];
}

const KINDS = { agent: "Agents", skill: "Skills", mcp: "MCP servers" };

/** What used it: `sums` by kind, null as long as they are not there. */
export function usedBy(sums, measure) {
  const of = measureOf(measure);
  const columns = Object.entries(KINDS).map(([kind, title]) => {
    const found = sums[kind];
    if (found === null) return make("div", { "data-key": kind }, make("h3", {}, title), nothing("Not known yet"));
    const named = found.filter(({ name }) => name !== null);
    if (!named.length) return make("div", { "data-key": kind }, make("h3", {}, title), nothing(`None of the ${title.toLowerCase()} was used`));
    const most = Math.max(...named.map(of)) || 1;
    const shown = named.slice(0, NAMED);
    const rows = shown.map((one) => [make("span", { class: "cut", title: one.name }, one.name), bar(of(one) / most), counted(one.responses, "response"), costOf(one)]);
    const none = found.filter(({ name }) => name === null);
    const others = named.slice(NAMED);
    if (others.length) rows.push([`${others.length} others`, "", counted(together(others).responses, "response"), costOf(together(others))]);
    for (const one of none) rows.push({ cells: [unnamed(kind, one), "", counted(one.responses, "response"), costOf(one)], class: "rest" });
    return make("div", { "data-key": kind }, make("h3", {}, title), table(`${title} by cost`, [{ name: "Name", kind: "name" }, { name: "Bar", kind: "share" }, { name: "Responses", hides: "mu" }, { name: "Cost" }], rows));
  });
  return columns;
}

/** How much ran under something that has a name: "$12 under an agent". */
export function attributed(sums) {
  const agents = sums.agent;
  if (agents === null) return "";
  const named = together(agents.filter(({ name }) => name !== null));
  return named.responses ? `${dollars(named.cost)} by agents` : "";
}
