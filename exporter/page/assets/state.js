// The latest state: a snapshot, and the changes since.

/** Block, limits, lockouts and verdict are those of the current account: they change with it, never one before the other. */
function withCurrent(data) {
  const { block, limits, lockouts, verdict } = data.accounts[0];
  return { ...data, block, limits, lockouts, verdict };
}

/** The parts of a snapshot that a message of each type replaces. */
const PARTS = {
  session: (data) => ({ sessions: data }),
  usage: withCurrent,
  block: (data) => ({ block: data }),
  limits: withCurrent,
};

/** Whether a limit was reached, raised, or no longer refuses requests. */
export function isNews(before, after) {
  const reached = ({ accounts }) => accounts.flatMap((account) => account.lockouts.map((hit) => `${hit.account} ${hit.window} ${hit.at}`));
  const of = ({ accounts }) => accounts.flatMap((account) => account.limits);
  const known = new Map(of(before).map((limit) => [`${limit.account} ${limit.window}`, limit.utilization_ratio]));
  const fell = (limit) => limit.utilization_ratio < (known.get(`${limit.account} ${limit.window}`) ?? 0);
  return reached(before).sort().join() !== reached(after).sort().join() || of(after).some(fell);
}

/** Holds the state; calls `changed(snapshot, types)` with the parts that are new. */
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
    /** Applies a change; ignores it if it is not newer than the shown part. */
    receive(message) {
      if (message.type === "snapshot") return take(message.data);
      const part = PARTS[message.type];
      if (shown === null || part === undefined || message.sequence <= sequences[message.type]) return undefined;
      sequences[message.type] = message.sequence;
      shown = { ...shown, ...part(message.data), sequence: Math.max(shown.sequence, message.sequence) };
      return changed(shown, [message.type]);
    },
    /** The block ended by the clock, for which there is no commit. */
    endBlock() {
      shown = { ...shown, block: null };
      changed(shown, ["block"]);
    },
  };
}
