import type { Api, Coordinator } from "../api.js";
import { Failure } from "../schemas/problem.js";
import { addAgents } from "./agents.js";
import { addArtifacts } from "./artifacts.js";
import { addFleet } from "./fleet.js";
import { addFlow } from "./flow.js";
import { addLimits } from "./limits.js";
import { addLogs } from "./logs.js";
import { addMessages } from "./messages.js";
import { addSettings } from "./settings.js";
import { addSteering } from "./steering.js";
import { addTasks } from "./tasks.js";
import { addTimeline } from "./timeline.js";

/** Every operation over HTTP; each does what its command does. */
export function addRoutes(app: Api, coordinator: Coordinator): void {
  app.addHook("onRoute", ({ schema }) => {
    if (schema) schema.response = { ...(schema.response as object), "4xx": Failure, "5xx": Failure };
  });
  app.addHook("onSend", async (_, reply) => {
    // What was read is of this moment, and for who asked.
    if (!reply.hasHeader("cache-control")) void reply.header("cache-control", "no-store");
    const { connected, since } = coordinator.view.connection;
    if (!connected)
      void reply.header(
        "age",
        Math.max(0, Math.round((Date.parse(coordinator.session.now()) - Date.parse(since)) / 1_000)),
      );
  });
  addTasks(app, coordinator);
  addSteering(app, coordinator);
  addLogs(app, coordinator);
  addArtifacts(app, coordinator);
  addFleet(app, coordinator);
  addTimeline(app, coordinator);
  addFlow(app, coordinator);
  addAgents(app, coordinator);
  addLimits(app, coordinator);
  addMessages(app, coordinator);
  addSettings(app, coordinator);
}
