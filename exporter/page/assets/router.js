// The address: which view is open, and how it is set. All of it stands after the #, which works in a file too.

/** What a setting is where the address does not say: then it is left out of it. */
export const DEFAULTS = { range: "28d", measure: "cost", by: "model" };

let current = { path: [], query: new URLSearchParams() };

/** The view's path and settings of an address; a mark within the page, such as #main, keeps the view. */
export function parse(hash) {
  if (hash && !hash.startsWith("#/")) return current;
  const [path, query = ""] = hash.replace(/^#\//, "").split("?");
  return { path: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A setting of the open view; null if it has none and there is no default. */
export const setting = (name) => current.query.get(name) ?? DEFAULTS[name] ?? null;

/** The address of the open view with another setting; null or its default removes it. */
export function addressWith(name, value) {
  const query = new URLSearchParams(current.query);
  if (value === null || value === "" || value === DEFAULTS[name]) query.delete(name);
  else query.set(name, value);
  const text = query.toString();
  return `#/${current.path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** Changes a setting. `isStep`: whether Back returns to what was before; typing makes no steps. */
export function set(name, value, { isStep = true } = {}) {
  const address = addressWith(name, value);
  if (isStep) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  moved();
}

export function open(address) {
  history.pushState(null, "", address);
  moved();
}

let opened = () => {};

function moved() {
  current = parse(location.hash);
  opened(current);
}

/** Calls `open(route)` now and whenever the address changes. Buttons with `data-set="name=value"` change a setting. */
export function startRouter(open) {
  opened = open;
  addEventListener("hashchange", moved);
  addEventListener("popstate", moved);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-set]");
    if (button === null) return;
    const [name, value] = button.dataset.set.split("=");
    set(name, decodeURIComponent(value));
  });
  moved();
}

/** Buttons of which one is chosen. `choices`: value → name. */
export const choices = (make, label, name, found, chosen = setting(name)) =>
  make(
    "div",
    { class: "seg", role: "group", "aria-label": label },
    ...Object.entries(found).map(([value, text]) =>
      make("button", { type: "button", "data-set": `${name}=${encodeURIComponent(value)}`, "aria-pressed": String(value === chosen) }, text),
    ),
  );
