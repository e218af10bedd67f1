import { someOf } from "./dependencies.js";
import { excerpt } from "./finding.js";
import type { Match, RoleRegistration } from "./role.js";
import type { Routable } from "./route.js";

/** A glob or a tag may be as long as a page. */
const short = (text: string): string => excerpt(text, 60);

/** Of each criterion of `route`: how a role's wish for it is said, and what a task has of it. */
const CRITERIA: {
  readonly [K in keyof Match]: { wish: (wanted: string) => string; has: (task: Routable) => string | null };
} = {
  types: { wish: (type) => `type ${type}`, has: ({ type }) => (type === null ? "no type" : `type ${type}`) },
  phases: {
    wish: (part) => `a phase with ${part}`,
    has: ({ phase }) => (phase === null ? "no phase" : `phase ${short(phase)}`),
  },
  keywords: { wish: (word) => `the word ${word}`, has: () => null },
  tags: {
    wish: (tag) => `tag ${tag}`,
    has: ({ tags }) => (tags.length === 0 ? "no tags" : `tags ${someOf(tags.map(short))}`),
  },
  files: {
    wish: (glob) => `files like ${glob}`,
    has: ({ files }) => (files.length === 0 ? "no files" : `files ${someOf(files.map(short))}`),
  },
};

const NAMES = Object.keys(CRITERIA) as (keyof Match)[];

/** What makes a task eligible for a role, each for itself. For people; not escaped. */
export const wishesOf = (match: Match): string[] => NAMES.flatMap((name) => match[name].map(CRITERIA[name].wish));

const ROLES_SHOWN = 4;

/**
 * Why `route` gives a task to none of these roles: what each wants, and what the task has of that. For people; not
 * escaped.
 */
export function lackText(task: Routable, roles: readonly RoleRegistration[]): string {
  const claiming = roles.filter(({ watch }) => watch.length === 0);
  if (claiming.length === 0) {
    return roles.length === 0 ? "no agent has run in this workspace yet" : "all roles watch events and claim nothing";
  }
  const shown = claiming.slice(0, ROLES_SHOWN).map(({ name, match }) => {
    const wishes = wishesOf(match);
    return `${name} wants ${wishes.length === 0 ? "nothing" : someOf(wishes.map(short), " or ")}`;
  });
  const more = claiming.length - shown.length;
  const asked = NAMES.filter((name) => claiming.some(({ match }) => match[name].length > 0));
  const has = asked.flatMap((name) => CRITERIA[name].has(task) ?? []);
  const had = has.length === 0 ? "" : `; it has ${has.join(", ")}`;
  return `${shown.join("; ")}${more > 0 ? `; and ${more} more roles` : ""}${had}`;
}
