import { z } from "zod";
import { type Check, CHECK_STATUSES } from "../../domain/check.js";
import { Quota } from "../../domain/quota.js";
import { checkProcess, checkWorkspace, notConnected } from "../../operations/doctor.js";
import { readRules } from "../../operations/workspace.js";
import { VERSION } from "../../version.js";
import { type Api, type Coordinator, needNats } from "../api.js";
import { answer, optionalNumber, optionalText, time } from "../schemas/answer.js";

const tags = ["settings"];

const Checks = z.array(
  answer<Check>({
    id: z.string(),
    status: z.enum(CHECK_STATUSES),
    what: z.string(),
    why: optionalText,
    hint: optionalText.meta({ description: "the next step" }),
  }).meta({ id: "Check" }),
);
const Rules = z.object({
  max_running: optionalNumber,
  retention_ms: optionalNumber.meta({ description: "how long ended tasks are kept; null: for ever" }),
  budget: z.looseObject({ per: z.enum(["day", "week", "task"]), hard: z.boolean() }).nullable(),
});
const Settings = z
  .object({
    workspace: z.object({ id: z.string(), prefix: z.string() }),
    coordinator: z.object({ version: z.string(), since: time, leading: z.boolean(), person: z.string() }),
    scope: z.enum(["read", "operate"]).meta({ description: "what the token or the login of this request may" }),
    nats: z.object({ url: z.string(), version: z.string(), connected: z.boolean(), since: time }),
    rules: Rules.nullable().meta({ description: "null: not known while NATS is away" }),
    refused: z.array(Quota).nullable().meta({ description: "accounts that providers refuse for now" }),
  })
  .meta({ id: "Settings" });

/** What holds here, and whether all is well. */
export function addSettings(app: Api, coordinator: Coordinator): void {
  const { session, view, person, isLeading } = coordinator;
  const since = session.now();
  app.get(
    "/api/doctor",
    {
      schema: {
        tags,
        summary: "What is right with the server, the fleet and the coordinator's host, and what is not",
        response: { 200: Checks },
      },
    },
    async () => [...(await lookAtNats(coordinator)), ...(await checkProcess("the coordinator's state"))],
  );
  app.get(
    "/api/settings",
    { schema: { tags, summary: "The rules of the workspace, and who is asked", response: { 200: Settings } } },
    async ({ credentials }) => {
      const { connected, since: changed } = view.connection;
      const { rules, refused } = session.isConnected() ? await readRules(session) : { rules: null, refused: null };
      const { id, prefix } = session.workspace;
      const { nc } = session;
      return {
        workspace: { id, prefix },
        coordinator: { version: VERSION, since, leading: isLeading(), person },
        scope: credentials?.scope ?? "read",
        nats: { url: `nats://${nc.getServer()}`, version: nc.info?.version ?? "", connected, since: changed },
        ...{ rules, refused },
      };
    },
  );
}

async function lookAtNats(coordinator: Coordinator): Promise<Check[]> {
  try {
    needNats(coordinator);
    return await checkWorkspace(coordinator.session);
  } catch (error) {
    return [notConnected(error)];
  }
}
