// The tracker's clock, continued by the page's own, so that clock fields need no messages.

let offset = 0;
let frozen = null;

/** Sets the clock to a snapshot's time (ms), so that a wrong browser clock does not matter. */
export function setClock(ms) {
  offset = ms - Date.now();
}

/** Stops the clock: at the data's time for an offline page, at the time of disconnection for a lost tracker. */
export function freeze(ms) {
  frozen = ms;
}

export function unfreeze() {
  frozen = null;
}

/** The time now, ms. */
export function now() {
  return frozen ?? Date.now() + offset;
}

export const ms = (iso) => Date.parse(iso);
