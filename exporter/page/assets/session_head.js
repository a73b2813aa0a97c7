// The head of a session's page: its state, its figures, and what is known about it.

import { areSeveral, accountName } from "./accounts.js";
import { icon, make } from "./dom.js";
import { counted, lasting, moment, percent, priced, roughly, short, whole } from "./format.js";
import { projectAddress, projectOf } from "./names.js";
import { ms, now } from "./time.js";
import { facts, figures, outside } from "./view_parts.js";

const STATES = {
  waiting: ["hand", "a_", "waits for you"], busy: ["work", "g spin", "working"], idle: ["idle", "", "idle"], unknown: ["idle", "", "state not known"],
};
const KINDS = { cli: "terminal", "sdk-cli": "without a terminal", "claude-vscode": "VS Code", "claude-desktop": "Claude Desktop", "sdk-py": "SDK (Python)", "sdk-ts": "SDK (TypeScript)" };

/** What is shown of a cost: ≥ where a response was cut off, <$0.01 for less than half a cent. */
export const costOf = (amount) => (amount.incomplete_responses ? `≥ ${priced(amount)}` : isTiny(amount) ? "<$0.01" : priced(amount));
const isTiny = ({ cost_usd: cost, unpriced_tokens: unpriced }) => cost > 0 && cost < 0.005 && !unpriced;
export const tokensOf = (amount) => `${amount.incomplete_responses ? "≥ " : ""}${short(amount.tokens.total)}`;

/** One line: whether it runs or when it ended, and on which branch. */
export function statusOf({ session }, row) {
  const branch = session.git_branch ? make("span", { class: "muted" }, ` on ${session.git_branch}`) : null;
  if (session.state === "ended" && !row?.is_active) {
    const end = session.runs.at(-1)?.end ?? session.last_at;
    return make("p", { class: "sub state" }, icon("halt"), make("span", {}, end ? `ended ${moment(ms(end))}` : "ended", branch));
  }
  const metadata = row?.metadata ?? {};
  const state = metadata.state ?? session.state;
  const [symbol, tone, text] = STATES[state] ?? STATES.unknown;
  const isWaiting = state === "waiting";
  const what = isWaiting && metadata.waiting_for ? `waits for ${metadata.waiting_for}` : text;
  const since = isWaiting && metadata.waiting_since ? `, ${lasting(now() - ms(metadata.waiting_since))}` : "";
  return make("p", { class: "sub state" }, icon(symbol, tone), make("span", {}, make("b", { class: isWaiting ? "call" : null }, `${what}${since}`), branch));
}

/** The figures, each with its formula. */
export function headOf(story, row) {
  const { session, totals, turns } = story;
  if (!totals.responses) return countedBefore(row);
  const isActive = row?.is_active ?? session.state !== "ended";
  const lasted = session.first_at === null ? null : (isActive ? now() : ms(session.last_at)) - ms(session.first_at);
  return figures([
    ["Cost", costOf(totals), "cost"],
    ["Lasted", lasted === null ? "–" : lasting(lasted), "lasted"],
    ["Worked", lasting(1000 * story.worked_seconds), "worked"],
    ["Prompts", whole(turns.filter((turn) => turn.is_typed).length), "prompts"],
    ["Responses", whole(totals.responses), "responses"],
    ["Tokens", tokensOf(totals), "tokens"],
  ]);
}

/** Of a session without responses here: what an earlier tracker counted. */
function countedBefore(row) {
  const isEstimate = row?.metadata?.tokens === "estimated";
  return isEstimate ? figures([["Tokens", `≈ ${short(row.estimated_tokens)}`, null]]) : null;
}

/** What is known about it. */
export function factsOf(story, row) {
  const { session, blocks, interruptions, subagents } = story;
  const { worktree } = projectOf(session.folder);
  const { metadata = {} } = row ?? {};
  const several = areSeveral();
  return facts([
    ["Started", session.first_at === null ? null : moment(ms(session.first_at))],
    ["Project", session.project ? make("a", { class: "lk", href: projectAddress(session.project) }, session.project) : null],
    ["Folder", session.folder],
    ["Worktree", worktree],
    ["Repository", session.repository],
    ["Pull request", session.pull_request ? outside(session.pull_request, pullRequest(session.pull_request)) : null],
    ["Client", clientOf(session)],
    ["Account", several ? session.accounts.map(accountName).join(", ") : null],
    ["5-hour windows", blocks.length ? windowsOf(blocks) : null],
    ["Runs", session.runs.length > 1 ? whole(session.runs.length) : null],
    ["Interrupted", interruptions ? counted(interruptions, "time") : null],
    ["By subagents", subagents.responses ? `${costOf(subagents)}, ${counted(subagents.responses, "response")}` : null],
    ["Undisturbed responses", metadata.effectiveness === undefined ? null : percent(metadata.effectiveness / 100)],
    ["Permissions", metadata.skip_permissions ? "runs without asking" : null],
  ]);
}

const MOST_WINDOWS = 3;

function windowsOf(blocks) {
  const said = blocks.slice(-MOST_WINDOWS).map((block) => make("span", {}, `${moment(ms(block.start))}: ${roughly(block.cost_usd)}`));
  const more = blocks.length - said.length;
  return make("span", { class: "lines" }, more ? make("span", {}, `${counted(more, "window")} before`) : null, ...said);
}

const pullRequest = (address) => (/\/pull\/(\d+)$/.exec(address) ? `#${/\/pull\/(\d+)$/.exec(address)[1]}` : address);

function clientOf({ session_type: type, client_version: version, entrypoint }) {
  const name = type === "claude_desktop" ? "Claude Desktop" : "Claude Code";
  const kind = KINDS[entrypoint] ?? entrypoint;
  return [`${name}${version ? ` ${version}` : ""}`, kind].filter(Boolean).join(", ");
}
