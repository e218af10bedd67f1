import type { Api, Coordinator } from "../api.js";
import { EventStream, lastEventId } from "./event-stream.js";
import type { LiveFeed } from "./feed.js";

const tags = ["live"];

/** What happens, as it happens. */
export function addLive(app: Api, { view }: Coordinator, feed: LiveFeed): void {
  app.get("/api/live", { websocket: true }, (socket) => feed.add(socket));

  app.get(
    "/api/events",
    {
      schema: {
        tags,
        summary: "Server-sent events: what happens to tasks and agents",
        description: "With the header Last-Event-ID it goes on after that one, as far back as /api/history reaches.",
      },
    },
    (request, reply) => {
      const stream = new EventStream(reply);
      const last = Number(lastEventId(request.headers) ?? Number.NaN);
      if (!Number.isNaN(last)) {
        const known = view.events(Number.MAX_SAFE_INTEGER);
        const [oldest] = known;
        if (oldest && (oldest.seq ?? 0) > last + 1) stream.send({ after: last, before: oldest.seq }, { event: "gap" });
        for (const event of known) if ((event.seq ?? 0) > last) stream.send(event, { id: event.seq ?? 0 });
      }
      const off = view.subscribe((change) => {
        const keepsUp =
          change.type === "event"
            ? stream.send(change.event, { id: change.event.seq ?? 0 })
            : change.type !== "connection" || stream.send({ ...change }, { event: "connection" });
        // It comes back and says how far it was.
        if (!keepsUp) stream.end();
      });
      stream.closed.addEventListener("abort", off, { once: true });
    },
  );
}
