import { someOf } from "../../domain/dependencies.js";
import { type Drained, drainAgents } from "../../operations/drain-agents.js";
import type { CommandContext } from "../context.js";
import { person } from "../person.js";
import { oneLine } from "../text.js";

/** `mjagent drain`: asks agents to leave; says what each finishes first. */
export async function run(context: CommandContext): Promise<undefined> {
  const session = await context.session();
  const drained = await drainAgents(session, [...new Set(context.args)], person());
  context.out.item(drained, {
    id: (agents) => agents.map(({ agent_id }) => agent_id).join("\n"),
    text: (agents) => agents.map((agent) => oneLine(textOf(agent))).join("\n"),
  });
}

const textOf = ({ agent_id, running }: Drained): string =>
  running.length === 0
    ? `${agent_id} claims nothing more and leaves: nothing runs there`
    : `${agent_id} claims nothing more and leaves when ${counted(running.length)} finished: ${someOf(running)}`;

const counted = (count: number): string => (count === 1 ? "1 running task has" : `${count} running tasks have`);
