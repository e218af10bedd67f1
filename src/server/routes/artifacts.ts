import { z } from "zod";
import { chooseArtifacts, listArtifacts, readArtifact } from "../../operations/artifacts.js";
import { type Api, type Coordinator, needNats } from "../api.js";
import { OneTask } from "../schemas/query.js";
import { Artifacts } from "../schemas/tasks.js";

const tags = ["tasks"];

/** The files that attempts handed in. */
export function addArtifacts(app: Api, coordinator: Coordinator): void {
  const { session } = coordinator;
  app.get(
    "/api/tasks/:id/artifacts",
    { schema: { tags, summary: "A task's files", params: OneTask, response: { 200: Artifacts } } },
    async ({ params }) => {
      needNats(coordinator);
      return await listArtifacts(session, params.id);
    },
  );
  app.get(
    "/api/tasks/:id/artifacts/*",
    {
      schema: {
        tags,
        summary: "One file, as it was handed in last",
        params: OneTask.extend({ "*": z.string().meta({ description: "its name" }) }),
      },
    },
    async ({ params }, reply) => {
      needNats(coordinator);
      const [artifact] = await chooseArtifacts(session, params.id, [params["*"]]);
      const content = artifact && (await readArtifact(session, artifact));
      // Whatever an agent has made: a browser is to keep it, never to run it.
      return reply
        .header("content-disposition", "attachment")
        .header("content-security-policy", "sandbox; default-src 'none'")
        .type("application/octet-stream")
        .send(content);
    },
  );
}
