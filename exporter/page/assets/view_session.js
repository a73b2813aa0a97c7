// A session: what it was, what it cost, and what happened in it, from its story.

import { make, nothing } from "./dom.js";
import { dollars, lasting, moment, short, whole } from "./format.js";
import { model, projectOf, sessionName } from "./names.js";
import { setting } from "./router.js";
import { courseCard, drawCourse } from "./session_course.js";
import { factsOf, headOf, statusOf } from "./session_head.js";
import { cacheCard, missingCard, modelsCard, toolsCard } from "./session_side.js";
import { agentsCard, turnsCard } from "./session_turns.js";
import { ms } from "./time.js";
import { card, facts } from "./view_parts.js";

const RUNNING_MS = 5_000;
const ENDED_MS = 60_000;

let read = { id: null, story: null, row: undefined, sequence: null, at: -Infinity };

/** The view. A story is read again when something was committed since, of an active session at most every 5 seconds. */
export async function sessionView([id], { source, rows, snapshot, again }) {
  if (!id) return { title: "Session", nodes: [said("The address names no session.")] };
  const known = rows.find((one) => one.id === id);
  if (isDue(id, known, snapshot.sequence)) await readStory(id, known, source, snapshot.sequence);
  else if (read.sequence !== snapshot.sequence) again(Math.max(0, read.at + waitOf(known) - performance.now()));
  const { story, error } = read;
  const row = known ?? read.row;
  if (error) return { title: "Session", nodes: [said(error)] };
  if (story === null) return fromRow(row, source);
  return fromStory(story, row);
}

const waitOf = (row) => (row?.is_active ? RUNNING_MS : ENDED_MS);
const isDue = (id, row, sequence) =>
  read.id !== id || (read.sequence !== sequence && performance.now() - read.at >= waitOf(row));

async function readStory(id, known, source, sequence) {
  const before = read.id === id ? read : { story: null, row: undefined };
  try {
    const story = await source.story(id);
    const row = known ?? before.row ?? (await rowOf(id, source));
    read = { id, story, row, sequence, at: performance.now() };
  } catch (error) {
    if (error.status === 404) read = { id, story: null, sequence, at: performance.now(), error: NO_SESSION };
    else if (before.story === null) throw error;
    else read = { ...before, sequence, at: performance.now() };
  }
}

const NO_SESSION = "There is no session with this ID. It was forgotten, or its database is another one.";

async function rowOf(id, source) {
  const { items } = await source.sessions({ limit: 5, before: null, search: id, session_type: "" });
  return items.find((one) => one.id === id);
}

const said = (text) => make("section", { class: "card v" }, nothing(text));

/** The title: the project, and the worktree if it ran in one. */
function titleOf({ id, folder, project, session_type: type }) {
  const { worktree, project: last } = projectOf(folder);
  if (id.startsWith("forgotten-")) return "Forgotten session";
  if (!project && !folder) return type === "claude_desktop" ? "Claude Desktop" : "Session";
  return worktree ? `${project ?? last} · ${worktree}` : (project ?? last);
}

let shown = { story: null, turns: null }; // whose course and turns are on the page

/** A card that is on the page as it is. */
const kept = (key) => make("section", { "data-key": key, "data-keep": "" });

function fromStory(story, row) {
  const { session } = story;
  const isSame = shown.story === story && shown.turns === setting("turns") && document.querySelector("#view-body .turns") !== null;
  const course = story.turns.length > 1;
  const isKnown = story.totals.responses > 0;
  return {
    title: titleOf(session),
    nodes: [
      make("section", { class: "card who", "aria-label": "What it was" }, statusOf(story, row), headOf(story, row), factsOf(story, row)),
      course ? (isSame ? kept("part-over-time") : courseCard()) : null,
      story.turns.length ? (isSame ? kept("part-turns") : turnsCard(story)) : null,
      make(
        "div",
        { class: `side ${story.turns.length ? "" : "only"}`.trim() },
        ...[isKnown ? modelsCard(story) : null, toolsCard(story), isKnown ? cacheCard(story) : null, agentsCard(story), missingCard(story, row)],
      ),
      make("p", { class: "m ids" }, `Session ${session.id}`),
    ],
    drawn() {
      if (course && !isSame) drawCourse(story);
      shown = { story, turns: setting("turns") };
    },
  };
}

/** What a file has: only the row of the list. */
async function fromRow(row, source) {
  if (row === undefined) return { title: "Session", nodes: [said("This page does not have this session.")] };
  const costs = await source.costs([row]);
  const used = costs.get(row.id);
  const { name, behind } = sessionName(row);
  return {
    title: name,
    nodes: [
      make(
        "section",
        { class: "card who", "aria-label": "What it was" },
        facts([
          ["Started", moment(ms(row.start_time))],
          ["Lasted", row.is_active ? "active" : lasting(ms(row.end_time) - ms(row.start_time))],
          ["Branch", behind],
          ["Models", row.models_used.map(model).join(", ")],
          ["Messages", whole(row.total_messages)],
          ["Tokens", short(row.estimated_tokens)],
          ["Cost", used?.cost_usd === undefined ? null : dollars(used.cost_usd)],
        ]),
      ),
      card("Turns, tools and subagents", "", [nothing("This page does not have the story of a session. Open the page of a running tracker to see it.")]),
    ],
  };
}
