// The views other than the main page, by the first part of their address. Each is a module of its own.

import { byId, fill, make, show, write } from "./dom.js";
import { doctorView } from "./view_doctor.js";
import { projectView } from "./view_project.js";
import { sessionView } from "./view_session.js";

/**
 * `view(rest of the path, context)` gives, perhaps later, {title, nodes, drawn}: `drawn()` is called when the nodes are
 * there. The context: `source` of answers, the sessions that the page knows (`rows`), the `snapshot`, and `again(ms)`,
 * which draws the view once more after that time.
 */
const VIEWS = { session: sessionView, project: projectView, doctor: doctorView };

const SOON_MS = 200;

let shown = "";
let left = null; // the address of the link on the overview that led to a view
let number = 0;
let latest = [];
let timer = null;
let due = Infinity; // of the timer
let isReading = false;

/** Whether the address is one of another view. */
export const isView = ({ path }) => path[0] in VIEWS;

/** Shows the view of an address, or hides all of them for the main page. Gives the view's title, or null. */
export async function openView(route, source, rows, snapshot) {
  latest = [route, source, rows, snapshot];
  const [name, ...rest] = route.path;
  const view = VIEWS[name];
  if (view !== undefined && shown === "") left = document.activeElement?.closest("a[href]")?.getAttribute("href") ?? null;
  show(byId("view"), view !== undefined);
  show(byId("overview"), view === undefined);
  const address = route.path.join("/");
  if (view !== undefined && address === shown && isReading) {
    again(SOON_MS); // once the answers of the last time are there
    return null;
  }
  const mine = ++number;
  if (view === undefined) {
    if (shown !== "") comeBack();
    shown = "";
    return null;
  }
  if (address !== shown) startOf(address);
  isReading = true;
  try {
    const found = await view(rest, { source, rows, snapshot, again });
    if (mine !== number) return null;
    write(byId("view-title"), found.title);
    fill(byId("view-body"), ...found.nodes);
    found.drawn?.();
    byId("view-body").dataset.drawn = address;
    return found.title;
  } catch (error) {
    if (mine !== number) return null;
    if (byId("view-title").textContent === "…") write(byId("view-title"), name.charAt(0).toUpperCase() + name.slice(1));
    fill(byId("view-body"), sentence(`It could not be read: ${error.message}`));
    return null;
  } finally {
    if (mine === number) isReading = false;
  }
}

/** Back on the overview: to the link that led away, so that the keys go on from there. */
function comeBack() {
  const links = [...document.querySelectorAll("#overview a[href]")];
  links.find((link) => link.getAttribute("href") === left)?.focus({ preventScroll: true });
}

/** Another address: the view starts at its top, and a screen reader says its title. */
function startOf(address) {
  shown = address;
  write(byId("view-title"), "…");
  fill(byId("view-body"), sentence("Reading"));
  byId("view-title").focus();
  scrollTo(0, 0);
}

const sentence = (text) => make("section", { class: "card v" }, make("p", { class: "nothing" }, text));

/** Draws the view once more after this time, or earlier if that was wanted before. */
function again(ms) {
  const at = performance.now() + ms;
  if (at >= due) return;
  due = at;
  clearTimeout(timer);
  timer = setTimeout(() => {
    due = Infinity;
    openView(...latest);
  }, ms);
}
