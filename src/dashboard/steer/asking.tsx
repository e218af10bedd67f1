import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Verb } from "../../domain/steering.js";
import { type Problem, problemFrom } from "../api.js";
import { now } from "../clock.js";
import { countOf, countText } from "../format.js";
import { hrefTo } from "../router.js";
import { VERBS } from "../words.js";
import { Dialog } from "../ui/dialog.js";
import { Trouble } from "../ui/empty.js";
import { Line } from "../ui/text.js";
import { say } from "../ui/toast.js";
import "../styles/steer.css";
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
  /** While it is being done, since when. */
  const startedAt = useSignal<number | null>(null);
  const isRunning = startedAt.value !== null;
  const size = sizeOf(target);
  const what = "ids" in target && size === 1 ? `task ${target.ids[0] ?? ""}` : countOf(size, "task");

  const isOpen = useRef(true);
  useEffect(() => () => void (isOpen.current = false), []);

  const act = async (): Promise<void> => {
    startedAt.value = now.peek();
    try {
      const end = await steerAll(verb, target, reason.value.trim());
      const isWhole = end.failed.length === 0 && end.untried === 0;
      if (isWhole) say({ tone: "good", text: `${size === 1 ? what : countOf(end.done.length, "task")} ${done}` });
      else if (!isOpen.current) say({ tone: "warn", text: summaryOf(end, done) });
      if (isWhole && isOpen.current) onClose();
      outcome.value = end;
    } catch (error) {
      problem.value = problemFrom(error);
      if (!isOpen.current) say({ tone: "bad", text: `${words} ${what}: ${problem.value.message}` });
    }
    startedAt.value = null;
    onDone();
  };

  if (outcome.value) {
    return (
      <Dialog title={`${words} ${what}`} onClose={onClose}>
        <Report outcome={outcome.value} done={done} />
        <footer>
          <button type="button" class="button" onClick={onClose} autofocus>
            Close
          </button>
        </footer>
      </Dialog>
    );
  }
  return (
    <Dialog title={`${words} ${what}?`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isRunning) void act();
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
            readOnly={isRunning}
            onInput={(event) => void (reason.value = event.currentTarget.value)}
            autofocus
          />
        </label>
        {problem.value && <Trouble problem={problem.value} />}
        {startedAt.value !== null && size > 1 && <Running size={size} since={startedAt.value} />}
        <footer>
          <button type="button" class="button" onClick={onClose}>
            {isRunning ? "Close" : "Leave it"}
          </button>
          <button type="submit" class={`button solid tone-${tone}`} disabled={isRunning}>
            {isRunning ? `${words} …` : `${words} ${size === 1 ? "it" : countText(size)}`}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Before one answer tells of all. */
const Running = ({ size, since }: { size: number; since: number }) => (
  <div class="bulk-running">
    <progress aria-label={`${countText(size)} tasks are being changed`} />
    <p>
      {countText(size)} tasks, <span class="num">{Math.max(0, Math.floor((now.value - since) / 1_000))}s</span> so far.
      It goes on when this is closed, and stops where it is when the page is left.
    </p>
  </div>
);

const summaryOf = ({ done, failed, untried }: Outcome, words: string): string =>
  `${countOf(done.length, "task")} ${words}, ${countText(failed.length)} could not be` +
  (untried > 0 ? `, ${countText(untried)} not tried: NATS did not answer any more` : "");

const SHOWN = 50;

function Report({ outcome, done }: { outcome: Outcome; done: string }) {
  const { failed } = outcome;
  return (
    <div role="status" class="bulk-report">
      <p>{summaryOf(outcome, done)}.</p>
      {failed.length > 0 && (
        <ul class="failures" tabIndex={0} aria-label="What could not be done">
          {failed.slice(0, SHOWN).map(({ task_id, detail, hint }) => (
            <li key={task_id}>
              <a href={hrefTo(["tasks", task_id])}>
                <code>{task_id}</code>
              </a>{" "}
              <Line of={detail} />
              {hint !== null && (
                <span class="faint">
                  {" "}
                  <Line of={hint} />
                </span>
              )}
            </li>
          ))}
          {failed.length > SHOWN && <li class="faint">and {countText(failed.length - SHOWN)} more</li>}
        </ul>
      )}
    </div>
  );
}
