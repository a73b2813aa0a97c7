// What the tracker tells: answers by HTTP, and changes over the WebSocket.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const SILENCE_MS = 5_000;
const LONGEST_ANSWER_MS = 15_000;

/** An answer that is no data: its status, what its problem document says, and when to ask again (s). */
export class Refused extends Error {
  constructor(status, text, retryAfter) {
    super(text);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** The JSON of a route; parameters without a value are left out. */
export async function ask(route, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given).toString();
  const response = await fetch(query ? `${route}?${query}` : route, {
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
  });
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  const text = problem.detail || problem.title || response.statusText;
  throw new Refused(response.status, text, Number(response.headers.get("Retry-After")) || null);
}

/** How long to wait before trying again: doubled each time, with a little chance, so that pages do not come at once. */
export function backoff(attempt) {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return wait * (0.8 + 0.2 * Math.random());
}

/**
 * Keeps a WebSocket open. `heard(message)`; `opened()`; `lost()`: closed, and tried again after a while.
 * A network that came back, or a page that is looked at again, tries at once.
 */
export function follow({ heard, opened, lost }) {
  let attempt = 0;
  let timer = null;
  let socket = null;

  function connect() {
    clearTimeout(timer);
    timer = null;
    socket = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`);
    const opening = setTimeout(() => socket.close(), SILENCE_MS);
    socket.onopen = () => {
      clearTimeout(opening);
      opened();
    };
    socket.onmessage = (event) => {
      attempt = 0;
      heard(JSON.parse(event.data));
    };
    socket.onclose = () => {
      clearTimeout(opening);
      timer = setTimeout(connect, backoff(attempt++));
      lost();
    };
  }

  const hurry = () => timer !== null && document.visibilityState === "visible" && connect();
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  connect();
}

/** Calls `action` at once and then at most every so many ms, with one last call for what came in between. */
export function throttled(action, ms) {
  let last = -Infinity;
  let timer = null;
  return () => {
    if (timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      last = performance.now();
      action();
    }, Math.max(0, last + ms - performance.now()));
  };
}
