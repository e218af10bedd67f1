import type { AgentState } from "../../domain/snapshot.js";
import type { Status } from "../../domain/task.js";
import { AGENT, standingOf, STATUS, statusWords } from "../words.js";
import { Mark } from "./icon.js";

export const StatusMark = ({ status }: { status: Status }) => (
  <Mark icon={status} tone={STATUS[status]} words={statusWords(status)} />
);

export function AgentMark({ agent }: { agent: AgentState }) {
  const standing = standingOf(agent);
  return <Mark icon={standing} tone={AGENT[standing]} words={standing} />;
}
