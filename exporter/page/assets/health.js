// The tracker's health in one line, and what no transcript holds.

import { icon, make } from "./dom.js";
import { counted, dollars, moment, percent, short, whole } from "./format.js";
import { ms } from "./time.js";

/** The state of a sync target. */
function sent({ target, last_success_at: at, problem, is_stopped: stopped }) {
  const last = at === null ? "nothing sent yet" : `sent ${moment(ms(at))}`;
  if (problem === null) return `${target}: ${last}`;
  return `${target}: ${problem}, ${stopped ? "stopped" : "retrying"} (${last})`;
}

/** To whom figures are sent, and since when. */
function sentToStore(store) {
  if (!store) return null;
  const host = new URL(store.url).host;
  const since = store.since === null ? "" : ` since ${moment(ms(store.since))}`;
  return store.problem === null ? `figures are sent to ${host}${since}` : `figures for ${host}: ${store.problem}`;
}

/** What the transcripts do not hold, where the client says so. */
function unwritten(found) {
  if (!found?.total_tokens) return null;
  const of = `${whole(found.sessions_with_total)} of ${counted(found.sessions, "session")}`;
  return `In no transcript and in no figure: ${short(found.total_tokens)} tokens, ${dollars(found.cost_usd)}, by Claude Code’s own totals of ${of}`;
}

const size = (bytes) => `database ${Math.max(1, Math.round(bytes / 1e6))} MB`;

/** What stands at the foot of the page. */
export function healthOf({ reading, health, totals, as_of, session_effectiveness_ratio: ratio, sync, store, unwritten: lacking }) {
  const failed = health.collectors.filter(({ success }) => success === false).map(({ name }) => name);
  const cut = totals?.incomplete_responses;
  const unread = health.retention?.unread_files ?? 0;
  const parts = [
    totals === null ? null : `${counted(health.files, "transcript")}, ${counted(totals.responses, "response")}, ${short(totals.total_tokens)} tokens, ${dollars(totals.cost_usd)} since the beginning`,
    cut ? `${counted(cut, "response")} ${cut === 1 ? "was" : "were"} cut off in the transcript: ${cut === 1 ? "its" : "their"} output is a minimum` : null,
    unwritten(lacking),
    ratio === null ? null : ratio === 1 ? "No failed responses in the last week" : `${percent(ratio)} of responses in the last week succeeded`,
    health.watched_folders?.polling ? "Looking for changes every 5 seconds: the system does not report them" : null,
    unread ? `Claude Code deletes ${counted(unread, "transcript")} soon that nobody has read yet` : null,
    ...(sync ?? []).map(sent),
    sentToStore(store),
    health.database_bytes ? size(health.database_bytes) : null,
    `as of ${moment(ms(as_of))}`,
  ];
  const isRead = !reading && !failed.length && !health.lag_seconds;
  const isWrong = failed.length > 0 || Boolean(health.damage);
  const state = health.damage ? "The database is damaged: run claude-tracker repair" : failed.length ? `Not read: ${failed.join(", ")}` : isRead ? "Everything is read" : "Reading";
  return [
    make("span", { class: "ok" }, icon(isWrong ? "warn" : isRead ? "ok" : "work", isWrong ? "a_" : "g"), state),
    ...parts.filter(Boolean).map((text) => make("span", {}, text)),
    make("span", { class: "end basis" }, "Costs are estimates by list price."),
  ];
}
