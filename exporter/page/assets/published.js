// The published page: reads its data file, shows how old it is, and reloads it regularly.

import { byId, show, write } from "./dom.js";
import { lasting } from "./format.js";
import { ask } from "./live.js";
import { sayLink, sayState } from "./notices.js";
import { ms, now } from "./time.js";

const READ_MS = 60_000;
const OLD_MS = 30 * 60_000;
const VERSION = 1;

/** `drawn(data)` draws everything; `tick()` updates the clocks and returns whether the block is still active. */
export function startPublished(route, { drawn, ended, tick }) {
  let data = null;

  async function read() {
    try {
      const found = await ask(route);
      if (found.version !== VERSION) return sayState("This page is older than its data", "Reload it.");
      if (found.as_of !== data?.as_of) {
        data = found;
        drawn(data);
      }
    } catch (error) {
      if (data === null) sayState("The data of this page cannot be read", error.message);
    }
    return sayAge();
  }

  function sayAge() {
    if (data === null) return;
    const age = Math.max(0, now() - ms(data.as_of));
    const text = age < 60_000 ? "As of just now" : `As of ${lasting(age)} ago`;
    sayLink(age < OLD_MS ? "live" : "disconnected", age < OLD_MS ? text : `${text}, no update since`);
  }

  read();
  write(byId("made"), "Published by claude-tracker. What it sends is a choice of its owner: projects may be missing.");
  show(byId("made"), true);
  setInterval(() => {
    if (data === null) return;
    if (!tick() && data.current.block !== null) ended(data);
    sayAge();
  }, 1000);
  setInterval(() => document.visibilityState === "visible" && read(), READ_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && read());
}
