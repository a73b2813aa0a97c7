// The dashboard: shows the tracker's data, live, or the data that a file or a published page contains.

import { byId, show, write } from "./dom.js";
import { startFolds } from "./folds.js";
import { startFormulas } from "./formula.js";
import { full, percent, ticking } from "./format.js";
import { startKeys } from "./keys.js";
import { pagesOf, startList } from "./list.js";
import { ask, follow, throttled } from "./live.js";
import { mainPage } from "./main.js";
import { sayDisconnected, sayLink, sayLive, sayState, startNotices } from "./notices.js";
import { startPublished } from "./published.js";
import { startRouter } from "./router.js";
import { heldSource, liveSource } from "./source.js";
import { isNews, keep } from "./state.js";
import { startTheme } from "./theme.js";
import { freeze, ms, now, setClock, unfreeze } from "./time.js";
import { isView, openView } from "./views.js";

const REFRESH_MS = 60_000;
const LIST_MS = 5_000;
const RETRY_MS = 5_000;
const READING_MS = 1_000;
const CLOCK_MS = 20_000; // how often ages and remaining times, which show minutes, are drawn

/** The page and its views over a source. Returns {draw(types), tick(): whether the block is active}. */
function startPage(source, snapshot) {
  const list = startList(source, () => page.draw("list"));
  const page = mainPage(source, list, snapshot);
  let route = { path: [] };
  let drawnAt = 0;

  async function view() {
    if (snapshot() === null) return;
    const title = await openView(route, source, [...(snapshot().sessions ?? []), ...list.recent()], snapshot());
    document.title = title === null ? page.title() : `${title} · claude-tracker`;
  }

  const found = {
    list,
    draw(...types) {
      page.draw(...types);
      drawnAt = performance.now();
      view();
    },
    /** Updates the clocks. */
    tick() {
      const { block, accounts } = snapshot();
      const left = block === null ? 0 : ms(block.end) - now();
      const timer = byId("remaining");
      if (timer !== null && left > 0) write(timer, ticking(left));
      const isDue = performance.now() - drawnAt > CLOCK_MS || changesAt(accounts).some((at) => at <= now() && at > now() - 1500);
      if (isDue) {
        page.draw("clock");
        drawnAt = performance.now();
      }
      if (!isView(route)) document.title = page.title();
      return left > 0;
    },
  };
  startRouter((moved) => {
    route = moved;
    list.moved();
    found.draw("settings");
  });
  return found;
}

/** When the clock alone changes what is shown: resets, and ends of lockouts and blocks. */
const changesAt = (accounts) =>
  accounts.flatMap(({ block, limits, lockouts }) => [...limits, ...lockouts].map((one) => one.resets_at).concat(block?.end)).filter(Boolean).map(ms);

function startLive() {
  let since = null; // when the tracker was lost, ms
  let retry = null;
  let isOpen = false;
  let shown = null;
  const state = keep((snapshot, types) => {
    page.draw(...types);
    source.changed(types);
    if (shown !== null && isNews(shown, snapshot)) source.now("limits_history");
    shown = snapshot;
    if (snapshot.reading) sayReading(snapshot.reading);
    if (types.some((type) => ["snapshot", "usage", "session"].includes(type))) readList();
  });
  const source = liveSource(() => state.snapshot, (name) => page.draw(name));
  const page = startPage(source, () => state.snapshot);
  const readList = throttled(() => page.list.read(), LIST_MS);

  /** In the first read: how far it is, and that again soon. */
  function sayReading({ ratio }) {
    sayLink("waiting", `Reading ${percent(ratio)}`);
    clearTimeout(retry);
    retry = setTimeout(read, READING_MS);
  }

  /** Reads the full state by HTTP: at first, and if only the clock changed something. Returns whether it succeeded. */
  async function read() {
    let found;
    try {
      found = await ask("/api/analytics/current");
    } catch (error) {
      if (state.snapshot === null || state.snapshot.reading) {
        clearTimeout(retry);
        retry = setTimeout(read, state.snapshot === null ? sayWhyNot(error) : READING_MS);
      }
      return false;
    }
    if (state.snapshot === null || since !== null || state.snapshot.reading || found.sequence >= state.snapshot.sequence) {
      setClock(ms(found.as_of));
      state.take(found);
    }
    return true;
  }

  /** The WebSocket closed: the tracker is disconnected, unless it still answers by HTTP. */
  async function lose() {
    isOpen = false;
    if (state.snapshot === null || state.snapshot.reading) return;
    since ??= now();
    const answers = await read();
    if (isOpen) return;
    if (answers) {
      recover();
      sayLink("waiting", "Not live: polling every few seconds");
    } else {
      freeze(since);
      sayDisconnected(since);
    }
  }

  function recover() {
    since = null;
    show(byId("advice"), false);
    unfreeze();
  }

  follow({
    opened: () => {
      isOpen = true;
      if (state.snapshot === null) read();
    },
    received: (message) => {
      if (message.type === "warning") return undefined; // the limits hold those that are shown
      if (message.type === "snapshot") {
        recover();
        setClock(ms(message.data.as_of));
        sayLive();
      }
      return state.receive(message);
    },
    lost: lose,
  });
  read();
  setInterval(() => {
    if (state.snapshot === null || since !== null) return;
    if (!page.tick() && state.snapshot.block !== null) {
      state.endBlock();
      read();
    }
  }, 1000);
  setInterval(() => since === null && document.visibilityState === "visible" && state.snapshot !== null && read(), REFRESH_MS);
}

/** Shows why there is no data, and returns how long to wait before the next request, ms. */
function sayWhyNot(error) {
  if (error.status === 503) {
    sayState("Reading the transcripts for the first time", "The newest numbers follow in a moment.");
  } else if (error.status) {
    sayState("The tracker does not answer this page", error.message);
  } else {
    sayState("The tracker does not answer", "It may be stopped. This page retries automatically.");
  }
  sayLink("waiting", error.status === 503 ? "Reading" : "Waiting for the tracker…");
  if (error.status === 503) return READING_MS; // the newest usage is there before long
  return error.retryAfter ? 1000 * error.retryAfter : RETRY_MS;
}

function startOffline(data) {
  const made = byId("data").dataset.madeAt;
  freeze(ms(data.current.as_of));
  const page = startPage(heldSource(() => data, pagesOf), () => data.current);
  sayLink("offline", `Offline page of ${full(made)}`);
  page.list.read();
  write(byId("made"), "This page is a file: it shows the state at its date and does not change.");
  show(byId("made"), true);
}

function startSite(route) {
  let data = null;
  const page = startPage(heldSource(() => data, pagesOf), () => data?.current ?? null);
  startPublished(route, {
    drawn: (found) => {
      data = found;
      page.draw("snapshot");
      page.list.read();
    },
    ended: () => {
      data.current.block = null;
      page.draw("block");
    },
    tick: () => page.tick(),
  });
}

const held = byId("data");
const site = document.querySelector('meta[name="published"]');
startTheme();
startFolds();
startFormulas();
startNotices();
startKeys();
if (site !== null) startSite(site.content);
else if (held === null) startLive();
else startOffline(JSON.parse(held.textContent));
