import type { Verb } from "../../domain/steering.js";
import { isSteerable } from "../live/store.js";
import { VERBS } from "../words.js";
import { ask } from "./asking.js";

/** What can be done to one task. */
export function VerbButtons({ id, verbs, onDone }: { id: string; verbs: readonly Verb[]; onDone?: () => void }) {
  return (
    <>
      {verbs.map((verb) => (
        <button
          key={verb}
          type="button"
          class={`button tone-${VERBS[verb].tone}`}
          aria-label={`${VERBS[verb].words} ${id}`}
          disabled={!isSteerable.value}
          onClick={() => ask(verb, { ids: [id] }, onDone)}
        >
          {VERBS[verb].words}
        </button>
      ))}
    </>
  );
}
