// When you work: usage by hour of the week, with its scale.

import { join, repoint } from "./cursor.js";
import { make, nothing, table } from "./dom.js";
import { counted, hourOfWeek, short, whole } from "./format.js";
import { now } from "./time.js";

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const STEPS = 4;

const two = (hour) => String(hour).padStart(2, "0");
const mean = (cell) => (cell.observed_hours ? cell.tokens / cell.observed_hours : null);
const hourName = (hour) => `${two(hour)}:00`;
const named = (cell, at) => `${WEEKDAYS[Math.floor(at / 24)]} ${hourName(cell.hour)}`;

/** [what stands next to the title, the map]; `plan`: null as long as it is not there. */
export function heatOf(plan) {
  if (!plan?.totals.tokens) return ["", [nothing("Nothing yet.")]];
  const means = plan.items.map(mean);
  const most = Math.max(...means.filter((value) => value !== null));
  const busiest = plan.items.reduce((best, _, at) => ((means[at] ?? 0) > (means[best] ?? 0) ? at : best), 0);
  const here = hourOfWeek(now());
  const summary = `Tokens by weekday and hour. The busiest hour is ${named(plan.items[busiest], busiest)}.`;
  const rows = WEEKDAYS.map((name, row) => [
    make("span", {}, name.slice(0, 3)),
    ...plan.items.slice(24 * row, 24 * row + 24).map((cell, hour) => cellOf(cell, 24 * row + hour, means[24 * row + hour], most, here)),
  ]);
  const hours = Array.from({ length: 8 }, (_, at) => make("span", { class: `hr ${at % 2 ? "od" : ""}`.trim() }, hourName(3 * at)));
  const map = make("div", { class: "heat", role: "img", "aria-label": summary }, ...rows.flat(), make("span", {}), ...hours);
  const sum = `${short(plan.totals.tokens)} tokens, ${counted(Math.round(plan.totals.active_minutes / 60), "active hour")}`;
  return [sum, [map, scaleOf(most), asTable(plan, means)]];
}

function cellOf(cell, at, value, most, here) {
  const step = value ? Math.max(1, Math.ceil((STEPS * value) / most)) : 0;
  const hits = cell.limit_hits ? `, ${counted(cell.limit_hits, "limit")} reached` : "";
  const said = value === null ? "not known yet" : `${short(value)} tokens an hour, ${whole(cell.active_minutes)} active minutes${hits}`;
  const kind = [value === null ? "unk" : `h${step}`, at === here ? "nb" : "", cell.limit_hits ? "hit" : ""].filter(Boolean).join(" ");
  return make("i", { class: kind, title: `${named(cell, at)}: ${said}` });
}

const scaleOf = (most) =>
  make(
    "p",
    { class: "m foot" },
    make("span", { class: "scale" }, make("span", {}, "0"), ...Array.from({ length: STEPS + 1 }, (_, at) => make("i", { class: `h${at}` })), make("span", {}, `${short(most)} tokens an hour`)),
    make("span", { class: "scale" }, make("i", { class: "nb" }), make("span", {}, "now")),
    make("span", { class: "scale" }, make("i", { class: "hit" }), make("span", {}, "limit reached")),
  );

function asTable(plan, means) {
  const columns = [{ name: "Hour" }, ...WEEKDAYS.map((name) => ({ name: name.slice(0, 3) }))];
  const rows = Array.from({ length: 24 }, (_, hour) => [hourName(hour), ...WEEKDAYS.map((_name, row) => short(means[24 * row + hour] === null ? null : Math.round(means[24 * row + hour])))]);
  return make("details", { class: "as-table" }, make("summary", {}, "Show as table"), make("div", { class: "tabled" }, table("Tokens an hour, by weekday", columns, rows)));
}

/** The map shows the hour that is pointed at in another chart. Returns what to call when it was drawn again. */
export function joinHeat(place) {
  const map = {
    show(at) {
      for (const cell of place.querySelectorAll(".at")) cell.classList.remove("at");
      if (at !== null) place.querySelectorAll(".heat > i")[hourOfWeek(at)]?.classList.add("at");
    },
  };
  join(map);
  return () => repoint(map);
}
