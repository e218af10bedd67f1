import type { Verb } from "../../domain/steering.js";
import { problemFrom } from "../api.js";
import { now } from "../clock.js";
import { countOf, countText } from "../format.js";
import { isSteerable } from "../live/store.js";
import type { Query } from "../query/query.js";
import { ask } from "../steer/asking.js";
import type { TaskRow } from "../wire.js";
import { VERB_NAMES, VERBS } from "../words.js";
import { say } from "../ui/toast.js";
import { allThatMatch, fitting, type Selection } from "./selection.js";

interface BulkBarProps {
  selection: Selection;
  rows: readonly TaskRow[];
  total: number;
  query: Query;
  onSelect: (selection: Selection) => void;
}

/** What can be done to the tasks that are selected. */
export function BulkBar({ selection, rows, total, query, onSelect }: BulkBarProps) {
  const size = selection === "all" ? total : selection.size;
  if (size === 0) return null;
  const act = async (verb: Verb): Promise<void> => {
    const onDone = (): void => onSelect(new Set());
    if (selection !== "all") {
      ask(verb, { ids: fitting(verb, selection, rows) }, onDone);
      return;
    }
    try {
      const target = await allThatMatch(verb, query, now.peek());
      if (target) ask(verb, target, onDone);
      else say({ tone: "warn", text: `none of them can be ${VERBS[verb].done} as they stand` });
    } catch (error) {
      say({ tone: "bad", text: problemFrom(error).message });
    }
  };
  return (
    <div class="bulk" role="region" aria-label="Selected tasks">
      <strong class="num">
        {selection === "all" ? `all ${countOf(total, "task")} that match` : `${countText(size)} selected`}
      </strong>
      {selection !== "all" && size < total && (
        <button type="button" class="button bare link" onClick={() => onSelect("all")}>
          Select all {countText(total)} that match
        </button>
      )}
      <span class="bulk-acts">
        {VERB_NAMES.map((verb) => {
          const fit = selection === "all" ? null : fitting(verb, selection, rows).length;
          return (
            <button
              key={verb}
              type="button"
              class={`button tone-${VERBS[verb].tone}`}
              disabled={!isSteerable.value || fit === 0}
              onClick={() => void act(verb)}
            >
              {VERBS[verb].words}
              {fit !== null && fit > 0 && <span class="num"> {countText(fit)}</span>}
            </button>
          );
        })}
        <button type="button" class="button" onClick={() => onSelect(new Set())}>
          Clear
        </button>
      </span>
    </div>
  );
}
