// A project: its sessions.

import { make, nothing } from "./dom.js";
import { counted, dollars, short } from "./format.js";
import { sessionsTable } from "./list.js";

const PAGE = 100;

/** The title of the view and its parts. */
export async function projectView([name], source, _rows, snapshot) {
  const found = await source.sessions({ limit: PAGE, before: null, project: name, search: "", session_type: "" });
  const costs = await source.costs(found.items);
  const total = snapshot.totals.projects.find(({ project }) => project === name);
  return [name, [
    total ? make("p", { class: "lead" }, `${dollars(total.cost_usd)}, ${short(total.total_tokens)} tokens since the beginning`) : null,
    make("p", { class: "m lead" }, found.next === null ? counted(found.items.length, "session") : `The last ${counted(found.items.length, "session")}`),
    found.items.length ? sessionsTable(found.items, costs) : nothing("No sessions of this project are known here"),
  ]];
}
