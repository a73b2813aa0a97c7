// The views other than the main page, by the first part of their address. Each is a module of its own.

import { byId, fill, make, nothing, show, write } from "./dom.js";
import { projectView } from "./view_project.js";
import { sessionView } from "./view_session.js";

/** `view(rest of the path, source, known sessions, snapshot)` gives, perhaps later, [title, nodes]. */
const VIEWS = { session: sessionView, project: projectView };

let shown = "";
let number = 0;

/** Whether the address is one of another view. */
export const isView = ({ path }) => path[0] in VIEWS;

/** Shows the view of an address, or hides all of them for the main page. */
export async function openView({ path }, source, rows, snapshot) {
  const [name, ...rest] = path;
  const view = VIEWS[name];
  show(byId("view"), view !== undefined);
  show(byId("overview"), view === undefined);
  const address = path.join("/");
  if (view === undefined) {
    shown = "";
    return null;
  }
  const mine = ++number;
  if (address !== shown) {
    write(byId("view-title"), "…");
    fill(byId("view-body"), nothing("Reading"));
    byId("view-title").focus();
    scrollTo(0, 0);
  }
  shown = address;
  try {
    const [title, nodes] = await view(rest, source, rows, snapshot);
    if (mine !== number) return null;
    write(byId("view-title"), title);
    fill(byId("view-body"), ...nodes);
    return title;
  } catch (error) {
    if (mine === number) fill(byId("view-body"), make("p", { class: "nothing" }, `It could not be read: ${error.message}`));
    return null;
  }
}
