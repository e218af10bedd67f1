import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import type { Api } from "./api.js";
import { cookieName, LOGIN_MS, loginOf } from "./guard/signing.js";
import type { Links } from "./guard/links.js";
import type { Tokens } from "./guard/tokens.js";

/** What the build makes of the dashboard. */
const DASHBOARD = fileURLToPath(new URL("../../dist/dashboard", import.meta.url));

export interface PageOptions {
  tokens: Tokens;
  links: () => Links;
  port: () => number;
}

/** Serves what browsers open: the dashboard, and `/?key=…`, which logs in and is used up by that. */
export async function addPages(app: Api, options: PageOptions): Promise<void> {
  app.addHook("onRoute", (route) => {
    route.config = { ...route.config, open: true, page: true };
  });
  app.addHook("onRequest", async (request, reply) => {
    const { key } = request.query as { key?: unknown };
    if (typeof key === "string" && request.routeOptions.url === "/") return logIn(reply, key, options);
  });
  if (existsSync(DASHBOARD)) await app.register(fastifyStatic, { root: DASHBOARD, wildcard: false });
  else app.get("/", { schema: { hide: true } }, (_, reply) => reply.type("text/html; charset=utf-8").send(WELCOME));
}

function logIn(reply: FastifyReply, key: string, { tokens, links, port }: PageOptions): FastifyReply {
  const now = Date.now();
  void reply.header("cache-control", "no-store");
  if (!links().redeem(key, now)) return reply.code(403).type("text/html; charset=utf-8").send(USED);
  const login = loginOf(tokens.operate, port(), now);
  const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${LOGIN_MS / 1_000}`;
  return reply.header("set-cookie", `${cookieName(port())}=${login}; ${attributes}`).redirect("/", 303);
}

const page = (title: string, body: string): string =>
  `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width"></head>
<body>
${body}
</body>
</html>
`;

const USED = page(
  "mjagent: link used",
  `<h1>This link was used already, or is too old</h1>
<p>A link logs in once, within ten minutes. Make a new one where the coordinator runs:</p>
<pre>mjagent serve link</pre>`,
);

const WELCOME = page(
  "mjagent coordinator",
  `<h1>mjagent coordinator</h1>
<p>This build has no dashboard. The API is described at <a href="/docs">/docs</a>, and works with curl:</p>
<pre>
curl -H "Authorization: Bearer $(mjagent serve token)" http://127.0.0.1:8001/api/tasks
curl -H "Authorization: Bearer $(mjagent serve token)" http://127.0.0.1:8001/api/agents
curl -H "Authorization: Bearer $(mjagent serve token)" -H "content-type: application/json" \\
  -d '{"title":"Design the about page","type":"design"}' http://127.0.0.1:8001/api/tasks
curl -N -H "Authorization: Bearer $(mjagent serve token)" http://127.0.0.1:8001/api/events
</pre>`,
);
