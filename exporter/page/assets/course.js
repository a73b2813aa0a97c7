// The time line of a session: pauses are shortened, so that what happened has room.

const SHORTEST_MS = 60_000; // of a turn, to be seen
const PAUSE_MS = 10 * 60_000; // a pause is at most this long, or
const PAUSE_SHARE = 0.06; // this part of the time that it worked

/**
 * `turns`: [{from, to (ms)}], the oldest first. Gives {at(ms): 0 to 1, cuts: [{at, lasted (ms)}] for shortened pauses,
 * starts: [ms] where a stretch of turns starts}.
 */
export function scaleOf(turns) {
  const worked = turns.reduce((sum, { from, to }) => sum + Math.max(to - from, SHORTEST_MS), 0);
  const longest = Math.max(PAUSE_MS, PAUSE_SHARE * worked);
  const knots = []; // [ms, place]
  const cuts = [];
  const starts = [];
  let place = 0;
  let last = null;
  for (const { from, to } of turns) {
    const pause = last === null ? 0 : Math.max(0, from - last);
    if (last !== null) place += Math.min(pause, longest);
    if (last === null || pause > longest) starts.push(from);
    if (pause > longest) cuts.push({ place: place - longest / 2, lasted: pause });
    const end = Math.max(to, from + SHORTEST_MS, last ?? 0);
    knots.push([Math.max(from, last ?? from), place]);
    place += end - Math.max(from, last ?? from);
    knots.push([end, place]);
    last = end;
  }
  const length = place || 1;
  return { at: (time) => placeAt(knots, time) / length, cuts: cuts.map(({ place: at, lasted }) => ({ at: at / length, lasted })), starts };
}

/** Between two knots a straight line. */
function placeAt(knots, time) {
  let low = 0;
  let high = knots.length - 1;
  if (time <= knots[0][0]) return knots[0][1];
  if (time >= knots[high][0]) return knots[high][1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (knots[middle][0] <= time) low = middle;
    else high = middle;
  }
  const [[from, one], [to, other]] = [knots[low], knots[high]];
  return to === from ? one : one + ((other - one) * (time - from)) / (to - from);
}
