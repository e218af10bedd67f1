import { z } from "zod";
import { fitFor, meantBy, type Verb } from "../domain/steering.js";
import type { TaskFilter } from "../domain/task-filter.js";
import { MjError } from "../errors.js";
import type { CommandContext } from "./context.js";
import { readOptions } from "./options.js";
import { FilterOptions } from "./task-list.js";
import { statusWords } from "./task-view.js";

const SteerOptions = FilterOptions.extend({
  reason: z.string().max(1_000).optional(),
  all: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

/** Which tasks something is to be done to, and why. */
export interface SteerInput {
  /** Ids, or with `--all` what the tasks have in common. */
  tasks: { ids: string[] } | { filter: TaskFilter & { status: NonNullable<TaskFilter["status"]> } };
  reason: string | null;
  dryRun: boolean;
}

/** @throws MjError usage: neither ids nor --all, both, or a status the verb cannot be done to */
export function readSteerInput(context: Pick<CommandContext, "args" | "options">, verb: Verb): SteerInput {
  const { reason = null, all, dryRun, ...filter } = readOptions(context, SteerOptions);
  const ids = [...new Set(context.args)];
  if (all) {
    if (ids.length > 0) {
      throw new MjError("usage", `${verb}: --all does not go with task ids`, {
        why: "the ids say already which tasks are meant",
        hint: "leave one of the two out",
      });
    }
    const { status = meantBy(verb) } = filter;
    refuseUnfit(verb, status);
    return { tasks: { filter: { ...filter, status } }, reason, dryRun };
  }
  const flags = Object.entries({ ...filter, "dry-run": dryRun || undefined }).flatMap(([key, value]) =>
    value === undefined ? [] : [`--${key}`],
  );
  if (flags.length > 0) {
    throw new MjError("usage", `${verb}: ${flags.join(", ")} ${flags.length === 1 ? "goes" : "go"} with --all only`, {
      hint:
        ids.length > 0
          ? "leave the ids out and add --all, or keep only the ids"
          : `mjagent ${verb} --all ${flags.join(" … ")}${dryRun ? "" : " …"}`,
    });
  }
  if (ids.length === 0) {
    throw new MjError("usage", `${verb} needs task ids, or --all`, {
      hint: `mjagent ${verb} ID…, or mjagent ${verb} --all --dry-run to see which all are`,
    });
  }
  return { tasks: { ids }, reason, dryRun };
}

function refuseUnfit(verb: Verb, statuses: readonly string[]): void {
  const fit = fitFor(verb);
  const unfit = statuses.filter((status) => !(fit as readonly string[]).includes(status));
  if (unfit.length === 0) return;
  throw new MjError("usage", `--status: ${verb} does not apply to tasks that are ${either(unfit)}`, {
    why: `it applies to those that are ${either(fit)}`,
    hint: `mjagent ${verb} --all --status ${fit.join(" ")}`,
  });
}

/** Statuses for a sentence: `failed or cancelled`. */
export function either(statuses: readonly string[]): string {
  const words = statuses.map(statusWords);
  const last = words.pop() ?? "";
  return words.length === 0 ? last : `${words.join(", ")} or ${last}`;
}
