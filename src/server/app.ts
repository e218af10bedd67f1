import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swaggerUi from "@fastify/swagger-ui";
import websocket from "@fastify/websocket";
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import type { z } from "zod";
import { MjError } from "../errors.js";
import { check } from "../schema-problems.js";
import type { Api, Coordinator } from "./api.js";
import { addGuard, type GuardOptions } from "./guard/guard.js";
import type { LiveFeed } from "./live/feed.js";
import { addLive } from "./live/live.js";
import { describeRoutes } from "./openapi.js";
import { type Problem, PROBLEM_TYPE, problemOf, Refused } from "./problem.js";
import type { Metrics } from "./metrics.js";
import { addProbes } from "./routes/probes.js";
import { addRoutes } from "./routes/routes.js";
import { addPages, type PageOptions } from "./static.js";

export interface AppOptions extends GuardOptions, PageOptions {
  feed: LiveFeed;
  metrics: Metrics;
  /** Told of what should not have happened. */
  onTrouble: (what: string, error: unknown) => void;
}

/** A payload has 8 MiB at most, and JSON escapes some of it. */
const BODY_BYTES = 32 * 1024 * 1024;
/** Enough for anything a person or a script of theirs does. */
const REQUESTS = { max: 60_000, timeWindow: 60_000 };
const CSP = {
  defaultSrc: ["'self'"],
  imgSrc: ["'self'", "data:"],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/** The whole coordinator, listening nowhere yet. */
export async function buildApp(coordinator: Coordinator, options: AppOptions): Promise<Api> {
  const app: Api = Fastify({ bodyLimit: BODY_BYTES, forceCloseConnections: true, logger: false }).withTypeProvider();
  answerErrors(app, options.onTrouble);
  readJson(app);
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (value) => {
    const checked = check(schema, value);
    if (checked.ok) return { value: checked.value };
    const lines = checked.problems.map(({ path, text }) => `${path.length === 0 ? "" : `${path.join(".")}: `}${text}`);
    return { error: new MjError("usage", lines.join("\n"), { hint: "/docs shows what it takes" }) };
  });
  // Responses are typed by their schemas; to check each again would be to read every list twice.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  await app.register(rateLimit, { ...REQUESTS, errorResponseBuilder: tooMany });
  // Before the guard: what it refuses has these headers, too.
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CSP },
    // Plain http, by intent: on this machine nobody is in between.
    strictTransportSecurity: false,
  });
  addGuard(app, options);
  await describeRoutes(app);
  await app.register(websocket, { options: { perMessageDeflate: false, maxPayload: 1_024 } });
  await app.register((routes: Api, _, done) => {
    addRoutes(routes, coordinator);
    addLive(routes, coordinator, options.feed);
    addProbes(routes, coordinator, options.metrics);
    done();
  });
  await app.register(async (pages: Api) => {
    await addPages(pages, options);
    await pages.register(swaggerUi, { routePrefix: "/docs", uiConfig: { validatorUrl: null } });
    pages.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  });
  return app;
}

const tooMany = (): MjError => new Refused(429, "usage", "too many requests", { retryable: true });

function answerErrors(app: Api, onTrouble: AppOptions["onTrouble"]): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status === 500) onTrouble(`${request.method} ${request.routeOptions.url ?? ""}`, error);
    if (problem.status === 503) void reply.header("retry-after", 2);
    return sendProblem(problem, request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const problem = problemOf(
      new MjError("not_found", `there is nothing at ${request.method} ${request.url.split("?")[0] ?? ""}`, {
        hint: "/docs shows what there is",
      }),
    );
    return sendProblem(problem, request, reply);
  });
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Of an upgrade that is refused, nobody else ends the connection.
  if (request.headers.upgrade !== undefined) reply.raw.once("finish", () => request.raw.socket.destroySoon());
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** JSON only: forms and plain text are what a page of another site can send without being asked first. */
function readJson(app: Api): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    // `curl -X POST` without a body: there is nothing to say.
    if (body === "") done(null, {});
    else void parse(request, body as string, done);
  });
}
