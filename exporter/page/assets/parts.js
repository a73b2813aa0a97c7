// The parts around the block: periods, active sessions, models, projects, limits reached, health.

import { accountName, areSeveral } from "./accounts.js";
import { tickAges } from "./block.js";
import { byId, fill, make, meter, nothing, scrolling, table, write } from "./dom.js";
import { counted, dayTime, dollars, lastPart, lasting, model, moment, share, short, tokensOf, whole, windowName } from "./format.js";
import { ms, now } from "./time.js";

const WEEKS = { official: "official week", configured: "configured week", trailing: "last seven days" };

/** Usage of today, the week and the month. */
export function drawPeriods({ accounts, today, week, month }) {
  const period = (name, cost, ...rest) =>
    make(
      "div",
      {},
      make("dt", {}, name),
      make("dd", {}, make("strong", {}, dollars(cost)), ...rest.map((text) => make("span", { class: "muted" }, text))),
    );
  const atEnd = (cost) => (cost === null ? "no projection" : `→ ${dollars(cost)} projected`);
  fill(
    byId("periods-body"),
    period("Today", today.cost_usd, `${short(today.total_tokens)} tokens`, `${counted(today.prompts, "prompt")}, ${counted(today.tool_calls, "tool call")}`),
    period("Week", week.cost_usd, `${short(week.total_tokens)} tokens`, atEnd(week.projected_cost_usd), weekSpan(week, accounts)),
    period("Month", month.cost_usd, atEnd(month.projected_cost_usd)),
  );
  fill(
    byId("families"),
    ...week.families.slice(0, 5).map((use) =>
      make(
        "p",
        { class: "family" },
        make("span", {}, use.family),
        meter(`${use.family}, share of the week’s cost`, use.cost_share, { text: share(use.cost_share) }),
        make("span", { class: "number" }, dollars(use.cost_usd)),
      ),
    ),
  );
}

/** With several accounts the week is that of the current one. */
function weekSpan(week, accounts) {
  const whose = areSeveral() ? ` of ${accountName(accounts[0].account)}` : "";
  const named = `${WEEKS[week.basis] ?? week.basis}${whose}`;
  return week.basis === "trailing" ? named : `${named}, to ${dayTime(week.end)}`;
}

/** The active sessions. */
export function drawActive(snapshot) {
  const rows = snapshot.sessions;
  if (rows === null) {
    write(byId("active-count"), "");
    fill(byId("active-body"), nothing("Active sessions are not known: no tracker is running, or process detection is off."));
    return;
  }
  write(byId("active-count"), counted(rows.length, "session"));
  if (!rows.length) {
    fill(byId("active-body"), nothing("No active sessions"));
    return;
  }
  fill(byId("active-body"), make("ul", { class: "sessions" }, ...rows.map(session)));
  tickAges(byId("active-body"));
}

function session(row) {
  const metadata = row.metadata ?? {};
  const state = metadata.state ?? "unknown";
  const models = (row.models_used ?? []).map(model).join(", ");
  const branch = metadata.git_branch ? ` · ${metadata.git_branch}` : "";
  const kind = row.session_type === "claude_desktop" ? "Desktop" : null;
  return make(
    "li",
    { "data-state": state },
    make("span", { class: "dot", "aria-hidden": "true" }),
    make(
      "div",
      {},
      make("strong", { title: row.project_path }, kind && !row.project_path ? "Claude Desktop" : lastPart(row.project_path)),
      make("span", { class: "muted" }, [kind, models].filter(Boolean).join(" · ") + branch),
    ),
    make("span", { class: "what" }, metadata.waiting_for ? `waiting for ${metadata.waiting_for}` : state),
    make("span", { class: "number" }, tokensOf(row), make("small", {}, "tokens")),
    make("span", { class: "number" }, make("span", { "data-ticking": row.start_time }), make("small", {}, "running")),
  );
}

/** All-time usage by model and by project. */
export function drawTotals({ totals }) {
  const shares = (items, key, named) => {
    const sum = totals.total_tokens || 1;
    return scrolling(
      `Tokens by ${key}`,
      table(
        `Tokens and costs by ${key}`,
        [[key === "model" ? "Model" : "Project"], ["Share", "number"], ["Tokens", "number"], ["Cost", "number"]],
        items.map((item) => [
          named(item[key]),
          share(item.total_tokens / sum),
          make("span", { title: whole(item.total_tokens) }, short(item.total_tokens)),
          item.unpriced_tokens ? `${dollars(item.cost_usd)} + ?` : dollars(item.cost_usd),
        ]),
      ),
    );
  };
  const models = [...totals.models].sort((one, other) => other.total_tokens - one.total_tokens);
  fill(byId("models-body"), models.length ? shares(models, "model", model) : nothing("No models yet"));
  fill(
    byId("projects-body"),
    totals.projects.length ? shares(totals.projects, "project", (name) => name) : nothing("No projects yet"),
  );
}

const MOST_HITS = 50;

/** The limits that were reached or raised, latest first. */
export function drawHits({ hits, raises, changes = [] }) {
  const found = [...hits, ...raises, ...changes].sort((one, other) => ms(other.at) - ms(one.at)).slice(0, MOST_HITS);
  const several = areSeveral(found);
  const named = (one, ...said) => {
    const lines = several ? [accountName(one.account), ...said] : said;
    return make("span", {}, windowName(one.window), ...lines.map((line) => make("small", {}, line)));
  };
  const reached = (hit) => [
    dayTime(hit.at), named(hit), lockedOut(hit), dollars(hit.block_cost_usd), dollars(hit.week_cost_usd),
  ];
  const raised = (one) => {
    const said = `limit raised ${share(one.from_ratio)} → ${share(one.to_ratio)}`;
    return [dayTime(one.at), named(one, said), "", "", ""];
  };
  const changed = (one) => {
    const said = `limit changed from about ${dollars(one.from_usd)} to ${dollars(one.to_usd)}`;
    return [dayTime(one.at), named(one, said), "", "", ""];
  };
  const columns = [["Reached"], ["Window"], ["Locked out", "number"], ["Block", "number"], ["Week", "number"]];
  const rowOf = (one) => ("from_ratio" in one ? raised(one) : "from_usd" in one ? changed(one) : reached(one));
  const rows = found.map(rowOf);
  fill(
    byId("hits-body"),
    rows.length ? scrolling("Limits reached", table("Limits reached", columns, rows)) : nothing("No limit has been reached so far"),
  );
}

/** How long requests were refused; "now" as long as they are. */
function lockedOut({ is_locked_out: runs, locked_out_seconds: seconds, resets_at: reset }) {
  if (runs && (reset === null || ms(reset) > now())) return "now";
  if (seconds === null) return share(null);
  return seconds === 0 ? "no" : lasting(1000 * seconds);
}

/** The state of a sync target. */
function sent({ target, last_success_at: at, problem, is_stopped: stopped }) {
  const last = at === null ? "nothing sent yet" : `sent ${moment(at, now())}`;
  if (problem === null) return `${target}: ${last}`;
  return `${target}: ${problem}, ${stopped ? "stopped" : "retrying"} (${last})`;
}

/** The tracker's health. */
export function drawHealth({ health, totals, as_of, session_effectiveness_ratio: ratio, sync }) {
  const failed = health.collectors.filter((collector) => collector.success === false).map((collector) => collector.name);
  write(
    byId("health"),
    [
      `${counted(health.files, "transcript")}, ${counted(totals.responses, "response")}, ${short(totals.total_tokens)} tokens, ${dollars(totals.cost_usd)} since the beginning`,
      ratio === null ? null : ratio === 1 ? "No failed responses in the last week" : `${share(ratio)} of responses in the last week succeeded`,
      health.watched_folders?.polling ? "Looking for changes every 5 seconds: the system does not report them" : null,
      failed.length ? `not read: ${failed.join(", ")}` : null,
      ...(sync ?? []).map(sent),
      `as of ${moment(as_of, now())}`,
    ].filter(Boolean).join(" · "),
  );
}
