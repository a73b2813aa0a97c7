// The tracker's data: responses by HTTP, changes over the WebSocket.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const SILENCE_MS = 5_000;
const LONGEST_ANSWER_MS = 15_000;

/** An error response: its status, the text of its problem document, and when to retry (s). */
export class Refused extends Error {
  constructor(status, text, retryAfter) {
    super(text);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** The JSON of a route; parameters without a value are left out. */
export async function ask(route, parameters = {}) {
  const present = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(present).toString();
  const response = await fetch(query ? `${route}?${query}` : route, {
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
  });
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  const text = problem.detail || problem.title || response.statusText;
  throw new Refused(response.status, text, Number(response.headers.get("Retry-After")) || null);
}

/** How long to wait before a retry: doubled each time, with jitter, so that pages do not all retry at once. */
export function backoff(attempt) {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return wait * (0.8 + 0.2 * Math.random());
}

/**
 * Keeps a WebSocket open. `received(message)`; `opened()`; `lost()`: it closed and is opened again later.
 * When the network returns, or the page becomes visible again, it retries at once.
 */
export function follow({ received, opened, lost }) {
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
      received(JSON.parse(event.data));
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

/** Calls `action` at once, then at most once per interval (ms), with a last call for changes in between. */
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
