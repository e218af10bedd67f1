import type { Api, Coordinator } from "../api.js";
import type { Metrics } from "../metrics.js";

const tags = ["probes"];

/** What machines ask: whether it lives, whether it is of use, and figures. */
export function addProbes(app: Api, { view }: Coordinator, metrics: Metrics): void {
  const open = { config: { open: true } };
  app.get("/healthz", { ...open, schema: { tags, security: [], summary: "It lives" } }, () => ({ status: "ok" }));
  app.get(
    "/readyz",
    { ...open, schema: { tags, security: [], summary: "It reaches NATS; 503: not now" } },
    (_, reply) => {
      const { connected, since } = view.connection;
      return reply.code(connected ? 200 : 503).send({ status: connected ? "ok" : "nats_unreachable", since });
    },
  );
  app.get("/metrics", { schema: { tags, summary: "Figures for Prometheus" } }, async (_, reply) => {
    const { text, type } = await metrics.read();
    return reply.type(type).serializer(String).send(text);
  });
}
