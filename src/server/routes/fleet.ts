import { z } from "zod";
import { history, replayFleet } from "../../operations/history.js";
import { pause, resume } from "../../operations/workspace.js";
import { VERSION } from "../../version.js";
import { type Api, type Coordinator, needNats } from "../api.js";
import { Agents, Failures, Health, RolePauses, Stats } from "../schemas/fleet.js";
import { HistoryQuery, ReplayQuery } from "../schemas/query.js";
import { Event } from "../schemas/tasks.js";

const tags = ["fleet"];

/** Agents, figures, what happened, pauses. */
export function addFleet(app: Api, coordinator: Coordinator): void {
  const { session, view, person, isLeading } = coordinator;
  for (const base of ["/api", ""]) {
    const hide = base === "";
    app.get(
      `${base}/health`,
      { config: { open: true }, schema: { tags, hide, summary: "How it is", security: [], response: { 200: Health } } },
      () => ({
        status: view.connection.connected ? ("ok" as const) : ("degraded" as const),
        version: VERSION,
        workspace: session.workspace.id,
        nats: view.connection,
        as_of: view.as_of,
        leading: isLeading(),
      }),
    );
    app.get(
      `${base}/agents`,
      { schema: { tags, hide, summary: "Agents by their names", response: { 200: Agents } } },
      () => view.agents(),
    );
  }
  app.get("/api/stats", { schema: { tags, summary: "The fleet in figures", response: { 200: Stats } } }, () =>
    view.overview(),
  );
  app.get("/api/errors", { schema: { tags, summary: "Failures by their causes", response: { 200: Failures } } }, () =>
    view.errors(),
  );
  app.get(
    "/api/history",
    {
      schema: {
        tags,
        summary: "What happened, oldest first",
        querystring: HistoryQuery,
        response: { 200: z.array(Event) },
      },
    },
    async ({ query: { since, limit } }) => {
      if (since === undefined && limit <= 1_000) return view.events(limit);
      needNats(coordinator);
      return (await history(session, { ...(since !== undefined && { since: new Date(since) }), limit })).entries;
    },
  );
  app.get(
    "/api/replay",
    {
      schema: {
        tags,
        summary: "What the fleet looked like at a moment",
        querystring: ReplayQuery,
        response: { 200: z.looseObject({ workspace: z.string(), at: z.string() }) },
      },
    },
    async ({ query: { at } }) => {
      needNats(coordinator);
      return { ...(await replayFleet(session, new Date(at))) };
    },
  );
  const Roles = z.array(z.string().min(1).max(200)).max(1_000).default([]).meta({ description: "none: all of them" });
  app.post(
    "/api/pause",
    {
      schema: {
        tags,
        summary: "Hold roles back: running work goes on, nothing new is claimed",
        body: z.strictObject({ roles: Roles, reason: z.string().max(1_000).nullish() }),
        response: { 200: RolePauses },
      },
    },
    async ({ body: { roles, reason } }) => {
      needNats(coordinator);
      return await pause(session, roles, person, reason ?? null);
    },
  );
  app.post(
    "/api/resume",
    {
      schema: {
        tags,
        summary: "Take pauses back",
        body: z.strictObject({ roles: Roles }),
        response: { 200: z.object({ resumed: RolePauses, held: RolePauses }) },
      },
    },
    async ({ body: { roles } }) => {
      needNats(coordinator);
      return await resume(session, roles);
    },
  );
}
