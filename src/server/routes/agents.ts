import { z } from "zod";
import { type Drained, drainAgents } from "../../operations/drain-agents.js";
import { MjError } from "../../errors.js";
import { type Api, type Coordinator, needNats } from "../api.js";
import { answer, texts } from "../schemas/answer.js";

const OneAgent = z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,200}$/) });

/** What a person does to agents. */
export function addAgents(app: Api, coordinator: Coordinator): void {
  const { session, person } = coordinator;
  app.post(
    "/api/agents/:id/drain",
    {
      schema: {
        tags: ["fleet"],
        summary: "Let an agent finish what runs and leave",
        description: "Answers at once; `running`: the tasks that it finishes first.",
        params: OneAgent,
        body: z.strictObject({}),
        response: { 200: answer<Drained>({ agent_id: z.string(), role: z.string(), running: texts }) },
      },
    },
    async ({ params: { id } }) => {
      needNats(coordinator);
      const [drained] = await drainAgents(session, [id], person);
      if (!drained) throw new MjError("failure", `${id} was not asked`);
      return drained;
    },
  );
}
