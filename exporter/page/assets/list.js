// The list of recent sessions, with search, filters and paging.

import { byId, fill, make, nothing, show, table, write } from "./dom.js";
import { lasting, moment, short, whole } from "./format.js";
import { costOf } from "./active.js";
import { swatch } from "./legend.js";
import { model, modelClass, modelsOf, sessionAddress, sessionName } from "./names.js";
import { set, setting } from "./router.js";
import { ms, now } from "./time.js";

const PAGE = 25;
const FIRST = 14;
const TYPING_MS = 250;

/**
 * Starts the list. `source`: of its pages and of their costs. Returns {read(): the first page again, unless the user has
 * loaded more; isRead(): whether they, or an error, are there; recent(): the rows}.
 */
export function startList(source, arrived) {
  let items = [];
  let next = null;
  let latest = 0;
  let typing = null;
  let costs = new Map();
  let shownFilters = null;
  let isRead = false; // once, or refused

  const filters = () => ({ search: setting("search") ?? "", session_type: setting("kind") ?? "" });

  async function read(before) {
    const number = ++latest;
    const wanted = filters();
    try {
      const found = await source.sessions({ limit: PAGE, before, ...wanted });
      if (number !== latest) return; // a newer request was sent
      items = before === null ? found.items : [...items, ...found.items];
      next = found.next;
      shownFilters = wanted;
      redraw();
      if (!isRead) known();
      const more = await source.costs(found.items);
      if (number !== latest) return;
      costs = before === null ? more : new Map([...costs, ...more]);
      redraw();
    } catch (error) {
      if (number === latest) write(byId("list-count"), `The list could not be read: ${error.message}`);
    }
    if (number === latest) known();
  }

  function known() {
    isRead = true;
    arrived();
  }

  const isFiltered = () => Object.values(shownFilters ?? {}).some(Boolean);
  const redraw = () => draw(items, next, isFiltered(), costs);

  byId("more").addEventListener("click", () => (setting("list") === "all" ? read(next) : set("list", "all")));
  byId("kind").addEventListener("change", () => set("kind", byId("kind").value));
  byId("search").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => set("search", byId("search").value.trim(), { isStep: false }), TYPING_MS);
  });
  byId("list-form").addEventListener("submit", (event) => event.preventDefault());
  return {
    read: () => items.length <= PAGE && read(null),
    /** The settings changed, perhaps those of the list. */
    moved() {
      const wanted = filters();
      if (byId("search") !== document.activeElement) byId("search").value = wanted.search;
      byId("kind").value = wanted.session_type;
      if (shownFilters !== null && JSON.stringify(wanted) !== JSON.stringify(shownFilters)) read(null);
      else if (shownFilters !== null) redraw();
    },
    isRead: () => isRead,
    recent: () => (isFiltered() ? [] : items),
    costs: () => costs,
  };
}

function draw(items, next, isFiltered, costs) {
  const isAll = setting("list") === "all" || isFiltered;
  const shown = isAll ? items : items.slice(0, FIRST);
  const hasMore = next !== null || shown.length < items.length;
  show(byId("more"), hasMore);
  const count = whole(shown.length);
  write(byId("list-count"), shown.length ? (hasMore ? `${count} shown` : `${count} of ${count} shown`) : "");
  fill(byId("list-body"), shown.length ? sessionsTable(shown, costs) : nothing(isFiltered ? "No matching sessions" : "No sessions yet"));
}

/** A table of sessions: two-line rows where it is narrow. */
export function sessionsTable(rows, costs) {
  const columns = [
    { name: "Project and branch", kind: "name" }, { name: "Started", kind: "q wh" }, { name: "Lasted", kind: "q la" }, { name: "Model", kind: "q md" },
    { name: "Messages", kind: "mu re" }, { name: "Tokens", kind: "mu re" }, { name: "Cost", kind: "cost" },
  ];
  return make("div", { class: "rs" }, table("Sessions, most recent first", columns, rows.map((row) => rowOf(row, costs))));
}

function rowOf(session, costs) {
  const end = session.end_time === null ? now() : ms(session.end_time);
  const { name, behind } = sessionName(session);
  const address = sessionAddress(session);
  const title = [make("b", {}, name), behind ? make("span", { class: "br" }, ` ${behind}`) : null, session.metadata?.imported ? make("span", { class: "br" }, " imported") : null];
  const lasted = session.is_active ? make("span", { class: "g" }, "active") : lasting(end - ms(session.start_time));
  const models = modelsOf(session);
  return {
    "data-key": session.id ?? session.start_time,
    cells: [
      address === null ? make("span", { class: "cut", title: behind }, ...title) : make("a", { href: address, class: "row cut", title: `${session.project_path ?? name}${behind ? `, ${behind}` : ""}` }, ...title),
      make("span", {}, moment(ms(session.start_time)), make("span", { class: "tip2" }, " · ", session.is_active ? "active" : lasting(end - ms(session.start_time)))),
      lasted,
      make("span", { title: models.map(model).join(", ") }, ...models.slice(0, 1).map((one) => make("span", {}, swatch(modelClass(one)), model(one))), models.length > 1 ? make("small", {}, ` +${models.length - 1}`) : null),
      whole(session.total_messages),
      make("span", { title: `${whole(session.estimated_tokens)} tokens` }, tokensOf(session)),
      costOf(session, costs),
    ],
  };
}

/** Tokens, with ≥ for a lower bound and ≈ for an estimate of an earlier tracker; unknown for Claude Desktop. */
function tokensOf({ estimated_tokens: tokens, session_type: type, metadata }) {
  if (type === "claude_desktop" && !tokens) return "–";
  const sign = { lower_bound: "≥ ", estimated: "≈ " }[metadata?.tokens] ?? "";
  return `${sign}${short(tokens)}`;
}

/** Pages of the sessions that a file or a published page contains. `before`: the number shown so far. */
export function pagesOf(sessions) {
  return ({ limit, before, search = "", session_type: kind = "", project = "" }) => {
    const sought = search.toLowerCase();
    const found = sessions.filter((session) => {
      const texts = [session.project_path, session.id, session.metadata?.git_branch];
      const fits = texts.some((text) => text?.toLowerCase().includes(sought));
      return (!sought || fits) && (!kind || session.session_type === kind) && (!project || sessionName(session).name === project);
    });
    const from = before ?? 0;
    return { items: found.slice(from, from + limit), next: from + limit < found.length ? from + limit : null };
  };
}
