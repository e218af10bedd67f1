import { signal, useSignal } from "@preact/signals";
import type { Verb } from "../../domain/steering.js";
import { type Problem, problemFrom } from "../api.js";
import { countOf, countText } from "../format.js";
import { hrefTo } from "../router.js";
import { VERBS } from "../words.js";
import { Dialog } from "../ui/dialog.js";
import { Trouble } from "../ui/empty.js";
import { Line } from "../ui/text.js";
import { say } from "../ui/toast.js";
import { type Outcome, sizeOf, steerAll, type Target } from "./bulk.js";

interface Question {
  verb: Verb;
  target: Target;
  onDone: () => void;
}

const asking = signal<Question | null>(null);

/** Asks whether, and why, something is to be done to tasks; then does it. */
export function ask(verb: Verb, target: Target, onDone: () => void = () => undefined): void {
  if (sizeOf(target) > 0) asking.value = { verb, target, onDone };
}

export const Asking = () => asking.value && <Ask question={asking.value} onClose={() => void (asking.value = null)} />;

const HELP: Record<Verb, string> = {
  approve: "It is queued, and an agent takes it.",
  reject: "It is cancelled; nothing runs.",
  retry: "It is queued again; its attempts count from 0.",
  cancel: "A running command is told to stop; what waits for it fails, too.",
};

function Ask({ question, onClose }: { question: Question; onClose: () => void }) {
  const { verb, target, onDone } = question;
  const { words, done, tone } = VERBS[verb];
  const reason = useSignal("");
  const outcome = useSignal<Outcome | null>(null);
  const problem = useSignal<Problem | null>(null);
  const running = useSignal(false);
  const size = sizeOf(target);
  const what = "ids" in target && size === 1 ? `task ${target.ids[0] ?? ""}` : countOf(size, "task");

  const act = async (): Promise<void> => {
    running.value = true;
    try {
      const end = await steerAll(verb, target, reason.value.trim());
      if (end.failed.length > 0 || end.untried > 0) outcome.value = end;
      else {
        say({ tone: "good", text: `${size === 1 ? what : countOf(end.done.length, "task")} ${done}` });
        onClose();
      }
    } catch (error) {
      problem.value = problemFrom(error);
    }
    running.value = false;
    onDone();
  };

  return (
    <Dialog title={`${words} ${what}?`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!running.value) void act();
        }}
      >
        {"query" in target && <p>All {countText(size)} that match now, also those that are not on the screen.</p>}
        <p class="faint">{HELP[verb]}</p>
        <label class="field">
          <span>Why (kept with the task)</span>
          <input
            type="text"
            maxLength={1000}
            value={reason}
            onInput={(event) => void (reason.value = event.currentTarget.value)}
            autofocus
          />
        </label>
        {problem.value && <Trouble problem={problem.value} />}
        {outcome.value && <Report outcome={outcome.value} done={done} />}
        <footer>
          <button type="button" class="button" onClick={onClose}>
            {outcome.value ? "Close" : "Leave it"}
          </button>
          <button type="submit" class={`button solid tone-${tone}`} disabled={running.value}>
            {running.value ? `${words} …` : `${words} ${size === 1 ? "it" : countText(size)}`}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

const SHOWN = 100;

function Report({ outcome, done }: { outcome: Outcome; done: string }) {
  const { failed, untried } = outcome;
  return (
    <div role="status">
      <p>
        {countOf(outcome.done.length, "task")} {done}, {countText(failed.length)} not
        {untried > 0 && `, ${countText(untried)} not tried: NATS did not answer any more`}.
      </p>
      <ul class="failures" tabIndex={0} aria-label="What could not be done">
        {failed.slice(0, SHOWN).map(({ task_id, detail }) => (
          <li key={task_id}>
            <a href={hrefTo(["tasks", task_id])}>
              <code>{task_id}</code>
            </a>{" "}
            <Line of={detail} />
          </li>
        ))}
        {failed.length > SHOWN && <li>and {countText(failed.length - SHOWN)} more</li>}
      </ul>
    </div>
  );
}
