// The tracker's clock, carried on by the page's own: clock fields need no messages.

let offset = 0;
let frozen = null;

/** Takes a snapshot's time (ms) as that of this instant, so that a browser whose clock is wrong counts rightly. */
export function setClock(ms) {
  offset = ms - Date.now();
}

/** Stops the clock: of an offline page at its data's time, of a lost tracker at the time it was lost. */
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
