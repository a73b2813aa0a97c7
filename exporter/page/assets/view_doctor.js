// The doctor: the checks of the installation, problems first.

import { icon, make, nothing } from "./dom.js";
import { counted } from "./format.js";
import { card } from "./view_parts.js";

const EVERY_MS = 30_000;
const KINDS = {
  error: { title: "Errors", symbol: "stop", tone: "red" }, warning: { title: "Warnings", symbol: "warn", tone: "amber" },
  note: { title: "Notes", symbol: "info", tone: "grey" },
};

let read = { checks: null, at: -Infinity };

/** The view. The tracker examines itself at most every ten seconds. */
export async function doctorView(_rest, { source, again }) {
  if (performance.now() - read.at >= EVERY_MS) {
    const found = await source.doctor();
    if (found === null) return { title: "Doctor", nodes: [card("Checks", "", [nothing("This page does not have the checks of the installation. Run `claude-tracker doctor`, or open the page of a running tracker.")])] };
    read = { checks: found.checks, at: performance.now() };
  }
  again(EVERY_MS);
  return { title: "Doctor", nodes: nodesOf(read.checks) };
}

function nodesOf(checks) {
  const of = (status) => checks.filter((check) => check.status === status);
  const good = of("ok");
  return [
    verdictOf(of("error").length, of("warning").length, checks.length),
    ...Object.entries(KINDS).filter(([kind]) => of(kind).length).map(([kind, { title }]) => card(title, counted(of(kind).length, "check"), [listOf(of(kind))])),
    good.length
      ? make(
          "section",
          { class: "card", "aria-labelledby": "part-good", "data-key": "good" },
          make("details", {}, make("summary", {}, make("h2", { id: "part-good" }, "Nothing to do"), make("span", { class: "m" }, counted(good.length, "check")), icon("chev", "chev")), make("div", { class: "bd" }, listOf(good))),
        )
      : null,
  ];
}

function verdictOf(errors, warnings, all) {
  const tone = errors ? "red" : warnings ? "amber" : "green";
  const found = [errors ? counted(errors, "error") : null, warnings ? counted(warnings, "warning") : null].filter(Boolean);
  const text = found.length ? found.join(" and ") : all ? "Everything works" : "There is no installation to check here";
  return make("section", { class: `card v tone-${all ? tone : "grey"}`, "aria-label": "Result" }, make("p", { class: "say result" }, icon(!all ? "info" : found.length ? (errors ? "stop" : "warn") : "ok"), make("b", {}, text)));
}

const listOf = (checks) => make("ul", { class: "checks" }, ...checks.map(checkOf));

/** Text with `code` in backticks. */
const words = (text) => text.split("`").map((part, at) => (at % 2 ? make("code", {}, part) : part));

function checkOf({ id, status, message, remedy }) {
  const { symbol, tone } = KINDS[status] ?? { symbol: "ok", tone: "green" };
  return make(
    "li",
    { "data-key": id, class: `tone-${tone}` },
    icon(symbol, "tone"),
    make("div", {}, make("p", {}, ...words(message)), remedy ? make("p", { class: "remedy" }, ...words(remedy)) : null, make("small", {}, id.replaceAll("_", " "))),
  );
}
