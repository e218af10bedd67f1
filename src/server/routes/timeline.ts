import { z } from "zod";
import { MjError } from "../../errors.js";
import type { Api, Coordinator } from "../api.js";
import { pastTime, TimelineQuery } from "../schemas/query.js";
import { Timeline } from "../schemas/timeline.js";

/** Who worked on what, and when; from memory, so also while NATS is away. */
export function addTimeline(app: Api, { view }: Coordinator): void {
  app.get(
    "/api/timeline",
    {
      schema: {
        tags: ["fleet"],
        summary: "Attempts by agent: those that ran within a stretch of time",
        querystring: TimelineQuery,
        response: { 200: Timeline },
      },
    },
    ({ query: { since, until, agent } }): z.output<typeof Timeline> => {
      const { as_of } = view;
      const from = pastTime(since, as_of);
      const to = until === undefined ? Date.parse(as_of) : pastTime(until, as_of);
      if (from > to) {
        throw new MjError("usage", `since (${since}) is after until (${until ?? "now"})`, {
          hint: "since is the earlier of the two: since=2h&until=1h",
        });
      }
      return {
        since: new Date(from).toISOString(),
        until: new Date(to).toISOString(),
        forgotten_until: view.attempts.forgottenUntil,
        agents: view.attempts.between(from, to, agent),
      };
    },
  );
}
