import { ageText } from "../../domain/duration.js";
import type { Lock } from "../../domain/locks.js";
import { listLocks } from "../../operations/locks.js";
import type { CommandContext } from "../context.js";

export async function run({ out, session: open }: CommandContext): Promise<undefined> {
  const session = await open();
  const locks = await listLocks(session);
  const now = Date.parse(session.now());
  const age = ({ since }: Lock): string => (since === null ? "-" : ageText(Math.max(now - Date.parse(since), 0)));
  out.list(locks, {
    id: ({ task_id }) => task_id,
    columns: (style) => [
      { title: "TASK", value: ({ task_id }) => task_id, style: (text) => style.bold(text) },
      { title: "AGENT", value: ({ agent_id }) => agent_id ?? "-" },
      { title: "ROLE", value: ({ role }) => role ?? "-" },
      { title: "FOR", value: age, align: "right" },
      { title: "FILES", value: ({ files }) => files.join(" "), flexible: true },
      {
        title: "WAITING",
        value: ({ waiting }) => waiting.map(({ task_id }) => task_id).join(" ") || "-",
        flexible: true,
      },
    ],
    empty: "no files are held: no task that names files (mjagent publish --file-glob …) is running",
  });
}
