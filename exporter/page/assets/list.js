// The list of sessions, with search and paging.

import { byId, fill, make, nothing, scrolling, show, table, write } from "./dom.js";
import { dayTime, lastPart, lasting, model, tokensOf, whole } from "./format.js";
import { ms, now } from "./time.js";

const PAGE = 25;
const TYPING_MS = 250;

/**
 * Starts the list. `page({limit, before, search, session_type})` gives `{items, next}`, from the server or from what the
 * page holds. Returns the function that reads the first page again, unless the user has loaded more pages.
 */
export function startList(page) {
  let items = [];
  let next = null;
  let latest = 0;
  let typing = null;

  async function read(before) {
    const number = ++latest;
    const filters = { search: byId("search").value.trim(), session_type: byId("kind").value };
    try {
      const found = await page({ limit: PAGE, before, ...filters });
      if (number !== latest) return; // a newer request was sent
      items = before === null ? found.items : [...items, ...found.items];
      next = found.next;
      draw(items, next, Boolean(filters.search || filters.session_type));
    } catch (error) {
      if (number === latest) write(byId("list-count"), `The list could not be read: ${error.message}`);
    }
  }

  const reload = () => read(null);
  byId("more").addEventListener("click", () => read(next));
  byId("kind").addEventListener("change", reload);
  byId("search").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(reload, TYPING_MS);
  });
  byId("list-form").addEventListener("submit", (event) => {
    event.preventDefault();
    reload();
  });
  return () => items.length <= PAGE && reload();
}

function draw(items, next, isFiltered) {
  show(byId("more"), next !== null);
  const count = whole(items.length);
  const counted = next === null ? `${count} of ${count} shown` : `${count} shown`;
  write(byId("list-count"), items.length ? counted : "");
  if (!items.length) {
    fill(byId("list-body"), nothing(isFiltered ? "No matching sessions" : "No sessions yet"));
    return;
  }
  const columns = [
    ["Started"], ["Project"], ["Models"], ["Messages", "number"], ["Tokens", "number"], ["Lasted", "number"],
  ];
  fill(byId("list-body"), scrolling("Sessions", table("Sessions, most recent first", columns, items.map(row))));
}

function row(session) {
  const end = session.end_time === null ? now() : ms(session.end_time);
  const metadata = session.metadata ?? {};
  return [
    dayTime(session.start_time),
    make(
      "span",
      { class: "project" },
      make("span", { title: session.project_path }, named(session)),
      metadata.git_branch ? make("small", {}, ` ${metadata.git_branch}`) : null,
      metadata.imported ? make("small", {}, " imported") : null,
    ),
    (session.models_used ?? []).map(model).join(", "),
    whole(session.total_messages),
    make("span", { title: `${whole(session.estimated_tokens)} tokens` }, tokensOf(session)),
    session.is_active ? make("span", { class: "running" }, "running") : lasting(end - ms(session.start_time)),
  ];
}

function named(session) {
  if (session.project_path) return lastPart(session.project_path);
  return session.session_type === "claude_desktop" ? "Claude Desktop" : lastPart(null);
}

/** Pages of the sessions that an offline page contains. `before`: the number shown so far. */
export function pagesOf(sessions) {
  return ({ limit, before, search, session_type: kind }) => {
    const sought = search.toLowerCase();
    const found = sessions.filter((session) => {
      const texts = [session.project_path, session.id, session.metadata?.git_branch];
      const fits = texts.some((text) => text?.toLowerCase().includes(sought));
      return (!sought || fits) && (!kind || session.session_type === kind);
    });
    const from = before ?? 0;
    return { items: found.slice(from, from + limit), next: from + limit < found.length ? from + limit : null };
  };
}
