// The main page: draws its parts from the snapshot, the answers and the settings in the address.

import { accountName, areSeveral, keepNames, shownAccount } from "./accounts.js";
import { activeCount, activeOf } from "./active.js";
import { blockOf, blocksOf, coverOf, hitsOf } from "./blocks.js";
import { captionOf, drawBurnup } from "./burnup.js";
import { budgetsOf, costsOf } from "./cost.js";
import { byId, fill, make, show, write } from "./dom.js";
import { isEmpty, readingOf, sayEmpty } from "./empty.js";
import { clock, setZone } from "./format.js";
import { inFrames } from "./frames.js";
import { healthOf } from "./health.js";
import { heatOf, joinHeat } from "./heat.js";
import { keepModels } from "./names.js";
import { drawLockouts, drawNotices, sayState } from "./notices.js";
import { GROUPINGS, RANGES, breakdownName, sumsByName, usedIn } from "./ranges.js";
import { choices, setting } from "./router.js";
import { attributed, modelsOf, projectsOf, usedBy } from "./tables.js";
import { drawUsage } from "./usage.js";
import { accountsOf, headOf, verdictOf } from "./verdict.js";
import { toneOf, windowsOf } from "./windows.js";
import { ms } from "./time.js";

const MEASURES = { cost: "Cost", tokens: "Tokens", share: "Share" };
const KINDS = ["agent", "skill", "mcp"];
/** So long the first drawing waits for the answers it needs: what came later would move what is read already. */
const MOST_WAIT_MS = 1_000;
/** What is drawn while the first read goes on: what the newest transcripts say. */
const EARLY = ["limits", "course", "notices", "block", "active", "cost", "health"];

/** The page over a source. `list`: of recent sessions; `snapshot()`: the latest one, or null. */
export function mainPage(source, list, snapshot) {
  const repointHeat = joinHeat(byId("plan"));

  const wanted = (name, values) => (setting(name) in values ? setting(name) : Object.keys(values)[0]);
  const settings = () => {
    const range = setting("range") in RANGES ? setting("range") : "28d";
    const by = wanted("by", groupings());
    return { range, by, measure: wanted("measure", MEASURES) };
  };

  /** What the chart can show: of a published page only that of which names were sent. */
  function groupings() {
    if (source.isLive) return GROUPINGS;
    const range = setting("range") in RANGES ? setting("range") : "28d";
    return Object.fromEntries(Object.entries(GROUPINGS).filter(([by]) => by === "model" || source.get(breakdownName(range, by)) !== null));
  }

  /** The answers that the page needs for its settings. */
  function need() {
    const { range, by } = settings();
    const { answer } = RANGES[range];
    const detail = by === "model" ? [] : [breakdownName(range, by)];
    const names = [answer, "usual", "limits_history", "costs", "blocks", "plan", ...detail, ...["project", ...KINDS].map((kind) => breakdownName(range, kind))];
    if (isEmpty(snapshot())) source.need("folders");
    else if (snapshot().reading) return;
    else names.forEach(source.need);
  }

  const costs = () => {
    const found = new Map((source.get("costs")?.items ?? []).map((item) => [item.session ?? item.start, item]));
    return source.get("costs") ? found : undefined;
  };

  const parts = {
    limits() {
      const { accounts } = snapshot();
      const account = shownAccount(accounts);
      const plan = source.get("plan");
      const [, , tone] = verdictOf(account, plan);
      byId("limits").className = `card v tone-${tone}`;
      fill(byId("accounts"), accountsOf(accounts, account));
      fill(byId("verdict"), ...headOf(account, plan));
      fill(byId("windows"), ...windowsOf(account));
      fill(byId("unread-body"), readingOf(snapshot().reading));
      byId("limits").toggleAttribute("data-bare", !account.limits.length);
    },
    course() {
      const account = shownAccount(snapshot().accounts);
      const course = drawBurnup(byId("burnup"), account, source.get("limits_history"), source.isKnown("limits_history"));
      byId("burnup").className = `tone-${course?.limit ? toneOf(course.limit) : "grey"} ${course !== null && course.window !== "five_hour" ? "long" : ""}`.trim();
      fill(byId("burnup-caption"), ...captionOf(course, account));
    },
    notices() {
      drawLockouts(snapshot(), shownAccount(snapshot().accounts));
      drawNotices(snapshot());
    },
    block() {
      const { block, accounts } = snapshot();
      const found = blockOf(block, accounts[0].limits);
      const whose = areSeveral() ? `${accountName(accounts[0].account)}, ` : "";
      write(byId("block-sum"), found === null ? "none is running" : `${whose}to ${clock(ms(block.end))}`);
      const nobody = make("p", { class: "lead" }, snapshot().totals?.responses ? "No active 5-hour block. The next prompt starts one." : "Nothing used yet. Start Claude Code and the first response appears here.");
      fill(byId("block-body"), ...(found ?? [nobody]), coverOf(source.get("plan"), block));
    },
    active() {
      const recent = list.isRead() ? list.recent() : null;
      const [text, calls] = activeCount(snapshot(), recent);
      write(byId("active-count"), text);
      byId("active-count").classList.toggle("call", calls);
      const known = costs();
      const all = known === undefined ? undefined : new Map([...list.costs(), ...known]);
      fill(byId("active-body"), ...activeOf(snapshot(), all, recent));
    },
    cost() {
      fill(byId("cost-body"), ...costsOf(snapshot(), source.get("usual")));
      const budgets = budgetsOf(snapshot());
      show(byId("budgets"), budgets.length > 0);
      fill(byId("budgets"), ...budgets);
    },
    usage() {
      const { range, by, measure } = settings();
      const { today, month } = snapshot();
      const slots = usedIn(range, by, source, today.date);
      fill(byId("controls"), choices(make, "Measure", "measure", MEASURES, measure), choices(make, "Range", "range", Object.fromEntries(Object.entries(RANGES).map(([key, { name }]) => [key, name])), range));
      fill(byId("groupings"), choices(make, "Group by", "by", groupings(), by));
      const hits = source.get("limits_history")?.hits;
      const [title, sum, legend] = drawUsage(byId("usage-chart"), { slots, range, by, measure, hits, month });
      write(byId("usage-title"), title);
      write(byId("usage-sum"), sum);
      fill(byId("usage-legend"), legend);
    },
    models() {
      titled("models", modelsOf(sumsOf("model"), settings().measure));
    },
    projects() {
      show(byId("projects"), source.hasNames);
      byId("overview").toggleAttribute("data-nameless", !source.hasNames);
      if (source.hasNames) titled("projects", projectsOf(sumsOf("project"), settings().measure));
    },
    used() {
      const used = Object.fromEntries(KINDS.map((kind) => [kind, sumsOf(kind)]));
      const isKnown = source.isLive || KINDS.some((kind) => used[kind] !== null);
      show(byId("used"), isKnown);
      if (isKnown) titled("used", [attributed(used), usedBy(used, settings().measure)]);
    },
    blocks() {
      titled("blocks", blocksOf(source.get("blocks")?.items, source.get("limits_history")));
    },
    hits() {
      titled("hits", hitsOf(source.get("limits_history")));
    },
    plan() {
      titled("plan", heatOf(source.get("plan")));
      repointHeat();
    },
    health() {
      fill(byId("health"), ...healthOf(snapshot()));
    },
  };

  /** What was used in the range, by name; null as long as it is not there. */
  function sumsOf(kind) {
    const used = usedIn(settings().range, kind, source, snapshot().today.date);
    return used === null ? null : sumsByName(used);
  }

  function titled(id, [sum, nodes]) {
    write(byId(`${id}-sum`), sum);
    fill(byId(`${id}-body`), ...nodes);
  }

  const LIMITS = ["limits", "course", "notices"];
  const USED = ["usage", "models", "projects", "used"];
  const DRAWN_BY = {
    snapshot: Object.keys(parts), settings: Object.keys(parts),
    usage: [...LIMITS, "block", "cost", "health"], limits: [...LIMITS, "block"], block: [...LIMITS, "block"], session: ["active"],
    hours: USED, days: USED, months: USED, usual: ["cost"], blocks: ["blocks"], limits_history: ["course", "blocks", "hits", "usage"],
    plan: ["plan", "limits", "block"], costs: ["active"], folders: [], list: ["active"], clock: [...LIMITS, "active"],
  };
  const drawnBy = (type) => {
    if (!type.startsWith("breakdown")) return DRAWN_BY[type] ?? [];
    const [, , by] = type.split(" ");
    return [by === "project" ? "projects" : "used", ...(by === settings().by ? ["usage"] : [])];
  };

  const drawSoon = inFrames((name) => !isEmpty(snapshot()) && parts[name]());
  let isDrawn = false;
  let waitsSince = null; // for the answers of the first drawing, ms

  /** Whether the first drawing has what it needs, or has waited long enough: then it is asked for again. */
  function isReady() {
    if (isDrawn || (source.isSettled() && list.isRead())) return true;
    if (waitsSince === null) setTimeout(() => page.draw("snapshot"), MOST_WAIT_MS);
    waitsSince ??= performance.now();
    return performance.now() - waitsSince >= MOST_WAIT_MS;
  }

  const page = {
    /** Draws what a message, an answer or the settings changed: at first and for the user at once, else in the next frames. */
    draw(...types) {
      const found = snapshot();
      if (found === null) return;
      performance.mark("numbers");
      keepNames(found.accounts);
      keepModels((found.totals ?? found.today).models.map(({ model }) => model));
      setZone(found.today.timezone);
      need();
      if (!found.reading && !isReady()) return;
      if (isEmpty(found)) {
        if (source.isKnown("folders")) sayEmpty(source.get("folders"));
        return;
      }
      sayState(null);
      document.documentElement.toggleAttribute("data-reading", Boolean(found.reading));
      if (!isDrawn) types.push("snapshot");
      const names = found.reading ? new Set(EARLY) : new Set(types.flatMap(drawnBy));
      if (!isDrawn || types.includes("settings")) for (const name of names) parts[name]();
      else drawSoon([...names]);
      isDrawn = !found.reading;
    },
    /** The tab's title: the verdict. */
    title() {
      const found = snapshot();
      if (found === null || isEmpty(found)) return "claude-tracker";
      const [headline] = verdictOf(shownAccount(found.accounts), source.get("plan"));
      return `${headline} · claude-tracker`;
    },
  };
  return page;
}
