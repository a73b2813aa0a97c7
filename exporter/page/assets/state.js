// The last state that was told: a snapshot, and the changes since.

/** The parts of a snapshot that a message of each type replaces. */
const PARTS = {
  session: (data) => ({ sessions: data }),
  usage: (data) => data,
  block: (data) => ({ block: data }),
  limits: (data) => data,
};

/** A holder of the state; `changed(snapshot, types)` is told which parts are new. */
export function keep(changed) {
  let shown = null;
  let sequences = {};

  function take(snapshot) {
    shown = snapshot;
    sequences = Object.fromEntries(Object.keys(PARTS).map((type) => [type, snapshot.sequence]));
    changed(shown, ["snapshot", ...Object.keys(PARTS)]);
  }

  return {
    get snapshot() {
      return shown;
    },
    take,
    /** Takes a change in; one that is not newer than what is shown of its part is ignored. */
    hear(message) {
      if (message.type === "snapshot") return take(message.data);
      const part = PARTS[message.type];
      if (shown === null || part === undefined || message.sequence <= sequences[message.type]) return undefined;
      sequences[message.type] = message.sequence;
      shown = { ...shown, ...part(message.data), sequence: Math.max(shown.sequence, message.sequence) };
      return changed(shown, [message.type]);
    },
    /** The block is over by the clock: nobody commits anything for that. */
    endBlock() {
      shown = { ...shown, block: null };
      changed(shown, ["block"]);
    },
  };
}
