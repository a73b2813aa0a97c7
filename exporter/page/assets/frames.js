// Draws what changed a few parts at a time, so that no frame of the browser is late.

const MOST_MS = 2; // of a frame; its layout and its painting take as long again, and the last part takes longer

/** `draw(name)` draws one part. Returns a function that takes the names of parts to be drawn soon, each once. */
export function inFrames(draw) {
  const waiting = new Set();

  function work() {
    const until = performance.now() + MOST_MS;
    do {
      const [name] = waiting;
      waiting.delete(name);
      draw(name);
    } while (waiting.size && performance.now() < until);
    if (waiting.size) soon(work);
  }

  return (names) => {
    if (!waiting.size && names.length) soon(work);
    names.forEach((name) => waiting.add(name));
  };
}

/** In the next frame; a hidden page has none. */
const soon = (work) => (document.visibilityState === "visible" ? requestAnimationFrame(work) : setTimeout(work));
