import type { AgentState } from "../../domain/snapshot.js";
import type { AttemptOutcome, Status } from "../../domain/task.js";
import { AGENT, standingOf, STATUS, statusWords, type Tone } from "../words.js";
import { type IconName, Mark } from "./icon.js";

export const StatusMark = ({ status }: { status: Status }) => (
  <Mark icon={status} tone={STATUS[status]} words={statusWords(status)} />
);

export function AgentMark({ agent }: { agent: AgentState }) {
  const standing = standingOf(agent);
  return <Mark icon={standing} tone={AGENT[standing]} words={standing} />;
}

const OUTCOMES: Record<AttemptOutcome, { icon: IconName; tone: Tone }> = {
  completed: { icon: "completed", tone: "good" },
  failed: { icon: "failed", tone: "bad" },
  lost: { icon: "lost", tone: "bad" },
  handed_back: { icon: "scheduled", tone: "neutral" },
  cancelled: { icon: "cancelled", tone: "faint" },
};

/** How an attempt ended; null: it runs. */
export const OutcomeMark = ({ outcome }: { outcome: AttemptOutcome | null }) =>
  outcome === null ? (
    <Mark icon="in_progress" tone="accent" words="running" />
  ) : (
    <Mark {...OUTCOMES[outcome]} words={statusWords(outcome)} />
  );
