// A session: what the API says of it.

import { fact, make, nothing, table } from "./dom.js";
import { counted, dollars, lasting, moment, percent, priced, short, whole } from "./format.js";
import { swatch } from "./legend.js";
import { model, modelClass, modelOrder, projectAddress, projectOf } from "./names.js";
import { ms } from "./time.js";

/** The title of the view and its parts. `source`: of answers; `rows`: the sessions that the page knows. */
export async function sessionView([id], source, rows) {
  const row = rows.find((one) => one.id === id);
  const story = await source.story(id);
  if (story !== null) return fromStory(story);
  if (row === undefined) return ["Session", [nothing("This page does not have this session.")]];
  const { project } = projectOf(row.project_path);
  const costs = await source.costs([row]);
  return [project, [facts([
    ["Started", moment(ms(row.start_time))],
    ["Lasted", row.is_active ? "active" : lasting(ms(row.end_time) - ms(row.start_time))],
    ["Branch", row.metadata?.git_branch ?? null],
    ["Models", row.models_used.map(model).join(", ")],
    ["Messages", whole(row.total_messages)],
    ["Tokens", short(row.estimated_tokens)],
    ["Cost", costs.has(id) ? dollars(costs.get(id).cost_usd) : null],
  ])]];
}

const facts = (found) => make("dl", { class: "facts wide" }, ...found.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => fact(name, value)));

function fromStory({ session, totals, models, cache, turns, tools, agents, worked_seconds: worked, interruptions }) {
  const { project, worktree } = projectOf(session.folder);
  const name = session.project ?? project;
  const head = facts([
    ["State", session.state],
    ["Started", session.first_at === null ? null : moment(ms(session.first_at))],
    ["Last active", session.last_at === null ? null : moment(ms(session.last_at))],
    ["Worked", lasting(1000 * worked)],
    ["Project", make("a", { href: projectAddress(name) }, name)],
    ["Worktree", worktree],
    ["Branch", session.git_branch],
    ["Pull request", session.pull_request],
    ["Client", [session.entrypoint, session.client_version].filter(Boolean).join(" ") || null],
    ["Cost", priced(totals)],
    ["Tokens", short(totals.tokens.total)],
    ["Turns", whole(turns.length)],
    ["Cache hits", percent(cache.hit_ratio)],
    ["Subagents", whole(agents.length)],
    ["Interruptions", whole(interruptions)],
  ]);
  const byModel = [...models].sort((one, other) => modelOrder(one.model, other.model)).map((one) => [
    make("span", {}, swatch(modelClass(one.model)), model(one.model)), whole(one.responses), short(one.tokens.total), priced(one),
  ]);
  const byTool = tools.map((one) => [one.tool, whole(one.calls), whole(one.errors)]);
  const byTurn = turns.slice(-50).reverse().map((turn) => [moment(ms(turn.at)), lasting(1000 * turn.duration_seconds), turn.tools.map((one) => `${one.tool} ${one.calls}`).join(", ") || "–", priced(turn)]);
  return [worktree ? `${name} · ${worktree}` : name, [
    head,
    make("h2", {}, "Models"), table("Models", [{ name: "Model" }, { name: "Responses" }, { name: "Tokens" }, { name: "Cost" }], byModel),
    tools.length ? make("h2", {}, "Tools") : null, tools.length ? table("Tools", [{ name: "Tool" }, { name: "Calls" }, { name: "Errors" }], byTool) : null,
    make("h2", {}, turns.length > 50 ? `The last 50 of ${counted(turns.length, "turn")}` : "Turns"),
    table("Turns", [{ name: "Started" }, { name: "Lasted" }, { name: "Tools", kind: "q wrap" }, { name: "Cost" }], byTurn),
  ]];
}
