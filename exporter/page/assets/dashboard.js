// The dashboard: draws the tracker's data, live, or the data that an offline page contains.

import { keepNames } from "./accounts.js";
import { tickAges, tickBlock, drawBlock } from "./block.js";
import { drawBlocks, drawDays, drawHours } from "./charts.js";
import { byId, show, write } from "./dom.js";
import { DAY_MS, full, lasting } from "./format.js";
import { drawPlan } from "./heat.js";
import { pagesOf, startList } from "./list.js";
import { drawLimits, isNews, tickLimits } from "./limits.js";
import { ask, follow, throttled } from "./live.js";
import { drawNotices, sayDisconnected, sayLink, sayLive, sayState } from "./notices.js";
import { drawActive, drawHealth, drawHits, drawPeriods, drawTotals } from "./parts.js";
import { library, redraw } from "./plots.js";
import { startPublished } from "./published.js";
import { keep } from "./state.js";
import { startTheme } from "./theme.js";
import { freeze, ms, now, setClock, unfreeze } from "./time.js";

const REFRESH_MS = 60_000;
const HISTORY_MS = 5_000;
const RETRY_MS = 5_000;

const DRAWN_BY = {
  snapshot: [drawHealth],
  limits: [drawLimits, drawBlock, drawNotices],
  block: [drawBlock],
  usage: [drawLimits, drawBlock, drawPeriods, drawTotals],
  session: [drawActive],
};

/** Draws what changed. */
function draw(snapshot, types) {
  performance.mark("numbers");
  sayState(null);
  keepNames(snapshot.accounts);
  for (const part of new Set(types.flatMap((type) => DRAWN_BY[type]))) part(snapshot);
  tick(snapshot);
}

/** Updates the clocks of the page; returns whether the block is still active. */
function tick(snapshot) {
  const runs = tickBlock(snapshot);
  tickLimits(snapshot);
  tickAges();
  const left = runs ? `${lasting(ms(snapshot.block.end) - now())} left – ` : "";
  if (document.title !== `${left}claude-tracker`) document.title = `${left}claude-tracker`;
  return runs;
}

const dateBefore = (date, days) => new Date(Date.parse(`${date}T00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);

function startLive() {
  let since = null; // when the tracker was lost, ms
  let retry = null;
  let isOpen = false;
  let shown = null;
  const state = keep((snapshot, types) => {
    draw(snapshot, types);
    if (shown !== null && isNews(shown, snapshot)) news();
    shown = snapshot;
    if (snapshot.totals.responses) setTimeout(() => library().catch(() => {})); // each chart reports its own failure
    for (const type of types) (reads[type] ?? []).forEach((read) => read());
  });

  /** Reads a part of the history again, soon but not often; after a failure it is read with the next change. */
  const history = (route, parameters, drawn, every = HISTORY_MS) =>
    throttled(async () => {
      try {
        drawn(await ask(route, parameters()));
      } catch (error) {
        console.warn(`${route}: ${error.message}`);
      }
    }, every);

  const today = () => state.snapshot.today.date;
  const hours = history("/api/usage", () => ({ by: "hour", since: dateBefore(today(), 1) }), drawHours);
  const days = history("/api/usage", () => ({ by: "day", since: dateBefore(today(), 27) }), (found) => drawDays(found, today()));
  const blocks = history("/api/five-hour-blocks", () => ({ limit: 50 }), drawBlocks);
  const hits = history("/api/limits/history", () => ({}), drawHits, REFRESH_MS);
  const news = history("/api/limits/history", () => ({}), drawHits);
  const plan = history("/api/plan", () => ({}), drawPlan, 10 * REFRESH_MS);
  const list = throttled(startList((query) => ask("/api/sessions/recent", query)), HISTORY_MS);
  const reads = {
    snapshot: [hours, days, blocks, list, hits, plan],
    usage: [hours, days, list, blocks],
    session: [list],
    block: [blocks],
    limits: [hits],
  };

  /** Reads the full state by HTTP: at first, and if only the clock changed something. Returns whether it succeeded. */
  async function read() {
    try {
      const found = await ask("/api/analytics/current");
      if (state.snapshot === null || since !== null || found.sequence >= state.snapshot.sequence) {
        setClock(ms(found.as_of));
        state.take(found);
      }
      return true;
    } catch (error) {
      if (state.snapshot === null) {
        clearTimeout(retry);
        retry = setTimeout(read, sayWhyNot(error));
      }
      return false;
    }
  }

  /** The WebSocket closed: the tracker is disconnected, unless it still answers by HTTP. */
  async function lose() {
    isOpen = false;
    if (state.snapshot === null) return;
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
    if (!tick(state.snapshot) && state.snapshot.block !== null) {
      state.endBlock();
      read();
    }
  }, 1000);
  setInterval(() => since === null && document.visibilityState === "visible" && state.snapshot !== null && read(), REFRESH_MS);
}

/** Shows why there is no data, and returns how long to wait before the next request, ms. */
function sayWhyNot(error) {
  if (error.status === 503) {
    sayState("Reading the transcripts for the first time", "The numbers follow as soon as all of them are read. This can take a minute.");
  } else if (error.status) {
    sayState("The tracker does not answer this page", error.message);
  } else {
    sayState("The tracker does not answer", "It may be stopped. This page retries automatically.");
  }
  sayLink("waiting", "Waiting for the tracker…");
  return error.retryAfter ? 1000 * error.retryAfter : RETRY_MS;
}

/** Draws everything that an offline page contains, except the list of sessions. */
function drawAll(data) {
  draw(data.current, ["snapshot", ...Object.keys(DRAWN_BY)]);
  drawHours(data.hours);
  drawDays(data.days, data.current.today.date);
  drawBlocks(data.blocks);
  drawHits(data.limits_history);
  drawPlan(data.plan);
}

function startOffline(data) {
  const made = byId("data").dataset.madeAt;
  freeze(ms(data.current.as_of));
  sayLink("offline", `Offline page of ${full(made)}`);
  drawAll(data);
  startList(pagesOf(data.sessions.items))();
  write(byId("made"), "This page is a file: it shows the state at its date and does not change.");
  show(byId("made"), true);
}

function startSite(route) {
  let sessions = [];
  const list = startList((query) => pagesOf(sessions)(query));
  startPublished(route, {
    drawn: (data) => {
      sessions = data.sessions.items;
      show(byId("projects"), data.privacy !== "totals"); // they were not sent, which does not mean that there are none
      drawAll(data);
      list();
    },
    ended: (data) => {
      data.current.block = null;
      drawBlock(data.current);
    },
    tick,
  });
}

const held = byId("data");
const site = document.querySelector('meta[name="published"]');
startTheme(redraw);
if (site !== null) startSite(site.content);
else if (held === null) startLive();
else startOffline(JSON.parse(held.textContent));
