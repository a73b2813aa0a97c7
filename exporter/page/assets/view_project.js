// A project: what it used by day and model, its sessions and branches, the skills and agents in it.

import { bar, make, nothing, table } from "./dom.js";
import { UNKNOWN, counted, dollars, percent, shares, short, whole } from "./format.js";
import { swatch, unnamed } from "./legend.js";
import { sessionsTable } from "./list.js";
import { model, modelClass, modelOrder } from "./names.js";
import { projectAnswers } from "./project_answers.js";
import { RANGES, breakdownName, sumOf, sumsByName, usedIn } from "./ranges.js";
import { choices, setting } from "./router.js";
import { drawUsage } from "./usage.js";
import { card, figures, placeOf } from "./view_parts.js";

const MEASURES = { cost: "Cost", tokens: "Tokens", share: "Share" };
const KINDS = { skill: "Skills", agent: "Agents" };
const NAMED = 8;
const FIRST = 15;
const NOT_HELD = "This page does not have it. Open the page of a running tracker to see it.";

const usage = placeOf("project-usage", (place) => place);

/** The view, over the range and measure of the address. */
export async function projectView([name], context) {
  const { source, snapshot } = context;
  if (!name) return { title: "Project", nodes: [said("The address names no project.")] };
  if (!source.hasNames) return { title: "Project", nodes: [said("Names of projects were not sent to this page.")] };
  const range = setting("range") in RANGES ? setting("range") : "28d";
  const measure = setting("measure") in MEASURES ? setting("measure") : "cost";
  const all = [RANGES[range].answer, breakdownName(range, "project")];
  all.forEach(source.need);
  const slots = usedIn(range, "project", source, snapshot.today.date);
  const more = await projectAnswers(name, range, context);
  const own = slots === null ? null : slotsOf(name, slots);
  const ever = snapshot.totals.projects.find(({ project }) => project === name);
  const isUnknown = ever === undefined && own !== null && !sumOf(own).responses && !more.rows.length;
  if (isUnknown) return { title: name, nodes: [said("No usage of this project is known here.")] };
  const byModel = own !== null && own.some(({ amount }) => amount?.models?.length);
  return {
    title: name,
    nodes: [
      head(own, slots, more, ever, range),
      usageCard(range, measure),
      card("Models", "", byModel ? [modelsOf(own)] : [nothing(own === null ? "Not known yet" : NOT_HELD)], "half"),
      branchesCard(more),
      ...Object.keys(KINDS).map((kind) => usedCard(kind, more.used?.[kind] ?? null)),
      sessionsCard(more, range),
    ],
    drawn: () => drawn(own, range, measure, byModel),
  };
}

const said = (text) => make("section", { class: "card v" }, nothing(text));

/** The slots with what this project used, by model where it is known. */
const slotsOf = (name, slots) =>
  slots.map((slot) => {
    const amount = slot.parts.find((part) => part.name === name) ?? null;
    const models = amount?.models?.length ? amount.models.map((used) => ({ ...used, name: used.model })) : amount === null ? [] : [amount];
    return { ...slot, amount, parts: models };
  });

function head(own, slots, { count }, ever, range) {
  const { said: inRange } = RANGES[range];
  const used = own === null ? null : sumOf(own);
  const everything = slots === null ? 0 : sumOf(slots).cost;
  const costs = used === null ? UNKNOWN : used.unpriced ? `${dollars(used.cost)} + ?` : dollars(used.cost);
  return make(
    "section",
    { class: "card who", "aria-label": "In this range", "data-key": "head" },
    make("p", { class: "sub state" }, make("span", {}, `In the last ${inRange}`, ever ? make("span", { class: "muted" }, `; ${dollars(ever.cost_usd)} and ${short(ever.total_tokens)} tokens since the beginning`) : null)),
    figures([
      ["Cost", costs, "cost"],
      ["Share of all projects", used === null || !everything ? UNKNOWN : percent(used.cost / everything), null],
      ["Tokens", used === null ? UNKNOWN : short(used.tokens), "tokens"],
      ["Responses", used === null ? UNKNOWN : whole(used.responses), "responses"],
      ["Sessions", whole(count), null],
    ]),
  );
}

const usageCard = (range, measure) =>
  make(
    "section",
    { class: "card", "aria-labelledby": "project-usage-title", "data-key": "usage" },
    make("div", { class: "hd" }, make("h2", { id: "project-usage-title" }, "Usage"), make("span", { id: "project-usage-sum", class: "m" })),
    make(
      "div",
      { class: "bd" },
      make(
        "div",
        { class: "cap2" },
        choices(make, "Measure", "measure", MEASURES, measure),
        choices(make, "Range", "range", Object.fromEntries(Object.entries(RANGES).map(([key, { name }]) => [key, name])), range),
      ),
      make("div", { id: "project-usage-legend", class: "lead", "data-own": "" }),
      usage.spot(),
    ),
  );

/** The chart, once its place is there. */
function drawn(own, range, measure, byModel) {
  const place = usage.chart();
  if (place === null) return;
  const [title, sum, legend] = drawUsage(place, { slots: own, range, by: byModel ? "model" : "project", measure, hits: [], month: null });
  document.getElementById("project-usage-title").textContent = title;
  document.getElementById("project-usage-sum").textContent = sum;
  document.getElementById("project-usage-legend").replaceChildren(...(legend === null || !byModel ? [] : [legend]));
}

/** By model, in their fixed order. */
function modelsOf(own) {
  const sums = sumsByName(own).sort((one, other) => modelOrder(one.name, other.name));
  return usedTable("Models by cost", "Model", sums.map((sum) => ({
    sum, hue: modelClass(sum.name), title: make("span", { title: sum.name }, swatch(modelClass(sum.name)), make("b", {}, model(sum.name))),
  })));
}

function usedTable(caption, name, rows) {
  const parts = shares(rows.map(({ sum }) => sum.cost));
  const most = Math.max(...rows.map(({ sum }) => sum.cost)) || 1;
  const columns = [{ name, kind: "name" }, { name: "Bar", kind: "share" }, { name: "Share" }, { name: "Tokens", hides: "mu if-wide" }, { name: "Cost" }];
  const lines = rows.map(({ title, hue, sum, isRest }, at) => {
    const cells = [title, bar(sum.cost / most, hue), parts[at], short(sum.tokens), sum.unpriced ? `${dollars(sum.cost)} + ?` : dollars(sum.cost)];
    return isRest ? { cells, class: "rest" } : cells;
  });
  return table(caption, columns, lines);
}

const NONE = { cost: 0, tokens: 0, unpriced: 0 };
const plus = (sum, { cost_usd: cost, tokens, unpriced_tokens: unpriced }) => ({
  cost: sum.cost + (cost ?? 0), tokens: sum.tokens + (tokens?.total ?? 0), unpriced: sum.unpriced + (unpriced ?? 0),
});

/** By branch: each session counts for the one that it had last. */
function branchesCard({ rows, costs }) {
  const sums = new Map();
  for (const row of rows) {
    const branch = row.metadata?.git_branch ?? "";
    const { sum, count } = sums.get(branch) ?? { sum: NONE, count: 0 };
    const used = costs.get(row.id);
    sums.set(branch, { sum: used ? plus(sum, used) : sum, count: count + 1 });
  }
  const found = [...sums].sort(([, one], [, other]) => other.sum.cost - one.sum.cost);
  if (!found.some(([branch]) => branch)) return null;
  const shown = found.slice(0, NAMED).map(([branch, { sum, count }]) => [
    branch ? make("span", { title: branch }, make("b", {}, branch)) : "no branch", counted(count, "session"), sum.unpriced ? `${dollars(sum.cost)} + ?` : dollars(sum.cost),
  ]);
  const rest = found.slice(NAMED);
  if (rest.length) {
    const sum = rest.reduce((all, [, one]) => ({ cost: all.cost + one.sum.cost, count: all.count + one.count }), { cost: 0, count: 0 });
    shown.push({ cells: [counted(rest.length, "other"), counted(sum.count, "session"), dollars(sum.cost)], class: "rest" });
  }
  const columns = [{ name: "Branch", kind: "name" }, { name: "Sessions", kind: "mu" }, { name: "Cost" }];
  return card("Branches", "each session by its last branch", [make("div", { class: "mt" }, table("Branches by cost", columns, shown))], "half");
}

/** What ran under skills or agents. */
function usedCard(kind, used) {
  if (used === null) return card(KINDS[kind], "", [nothing(NOT_HELD)], "half");
  const sums = sumsByName([{ parts: used.map((part) => ({ ...part, name: part[kind] ?? null })) }]);
  const named = sums.filter(({ name }) => name !== null);
  if (!named.length) return card(KINDS[kind], "", [nothing(`No ${KINDS[kind].toLowerCase()} were used`)], "half");
  const rows = named.slice(0, NAMED).map((sum) => ({ sum, title: make("span", { title: sum.name }, make("b", {}, sum.name)) }));
  for (const sum of sums.filter(({ name }) => name === null)) rows.push({ sum, title: unnamed(kind, sum), isRest: true });
  return card(KINDS[kind], counted(named.length, kind), [usedTable(`${KINDS[kind]} by cost`, "Name", rows)], "half");
}

function sessionsCard({ rows, costs, count }, range) {
  const shown = setting("sessions") === "all" ? rows : rows.slice(0, FIRST);
  const sum = shown.length < count ? `the last ${shown.length} of ${count}` : counted(count, "session");
  const more = shown.length < rows.length ? make("button", { type: "button", class: "more", "data-set": "sessions=all" }, `Show ${rows.length} sessions`) : null;
  return card("Sessions", sum, [rows.length ? sessionsTable(shown, costs) : nothing(`No sessions in the last ${RANGES[range].said}`), more]);
}
