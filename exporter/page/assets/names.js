// The names and hues of models, and the names of projects. Hues never depend on rank, range or what is loaded.

import { UNKNOWN } from "./format.js";

export const FAMILIES = ["opus", "fable", "sonnet", "haiku"];
const MOST_SHADES = 4;
const WORKTREE = /^(.*?)[\\/]\.claude[\\/]worktrees[\\/]([^\\/]+)/;

let versions = new Map(); // by family, the newest first

const familyOf = (model) => FAMILIES.find((family) => model.split("-").includes(family)) ?? null;
const versionOf = (model) => model.split("-").filter((part) => /^\d{1,2}$/.test(part)).join(".");
const byVersion = (one, other) => versionOf(other).localeCompare(versionOf(one), "en", { numeric: true });

/** Keeps the models ever used: a family's newest version has its hue, older ones are shades of it. */
export function keepModels(models) {
  versions = new Map(FAMILIES.map((family) => [family, models.filter((model) => familyOf(model) === family).sort(byVersion)]));
}

/** A model's name for people: Opus 4.8 for claude-opus-4-8. */
export function model(name) {
  const family = familyOf(name);
  if (family === null) return name.replace(/^claude-/, "");
  const version = versionOf(name);
  return `${family[0].toUpperCase()}${family.slice(1)}${version ? ` ${version}` : ""}`;
}

/** The classes that give a model its colour. */
export function modelClass(name) {
  const family = familyOf(name);
  if (family === null) return "hue-other";
  const at = (versions.get(family) ?? []).indexOf(name);
  return `hue-${family}${at > 0 ? ` shade-${Math.min(at, MOST_SHADES - 1)}` : ""}`;
}

/** The order in which models are stacked and listed: Opus, Fable, Sonnet, Haiku, others; the newest first. */
export function modelOrder(one, other) {
  const rank = (name) => (familyOf(name) === null ? FAMILIES.length : FAMILIES.indexOf(familyOf(name)));
  return rank(one) - rank(other) || byVersion(one, other) || (one < other ? -1 : one > other ? 1 : 0);
}

/** The last part of a path. */
export const lastPart = (path) => (path ? path.split(/[\\/]/).filter(Boolean).at(-1) || path : UNKNOWN);

/** A folder's project and, for one of Claude's worktrees, the worktree's own name: it belongs to its repository. */
export function projectOf(path) {
  const found = WORKTREE.exec(path ?? "");
  return found ? { project: lastPart(found[1]), worktree: found[2] } : { project: lastPart(path), worktree: null };
}

/** What a session is called, and what stands behind it. */
export function sessionName({ project_path: path, session_type: type, metadata }) {
  if (!path) return { name: type === "claude_desktop" ? "Claude Desktop" : UNKNOWN, behind: "" };
  const { project, worktree } = projectOf(path);
  const branch = metadata?.git_branch;
  const behind = [worktree, branch === worktree || branch === `worktree-${worktree}` ? null : branch];
  return { name: project, behind: behind.filter(Boolean).join(" · ") };
}

/** The models of a session, for people. */
export const modelsOf = ({ models_used: models }) => [...(models ?? [])].sort(modelOrder);

/** Its address on this page; null where the id was not sent. */
export const sessionAddress = ({ id }) => (id ? `#/session/${encodeURIComponent(id)}` : null);
export const projectAddress = (name) => `#/project/${encodeURIComponent(name)}`;
