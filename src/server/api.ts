import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { LiveView } from "../operations/live-view.js";
import type { Session } from "../nats/session.js";
import { MjError } from "../errors.js";
import type { Credentials } from "./guard/credentials.js";

/** The application, whose routes are typed by their zod schemas. */
export type Api = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What the routes work with. */
export interface Coordinator {
  session: Session;
  /** What the whole fleet is read from, also while NATS is away. */
  view: LiveView;
  /** Whom steering is ascribed to. */
  person: string;
  /** Whether the dispatcher works here. */
  isLeading: () => boolean;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Anybody may: it tells nothing of the fleet and changes nothing. */
    open?: boolean;
    /** A page or a part of one: a link of another site may lead to it. */
    page?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; null where anybody may. */
    credentials: Credentials | null;
  }
}

/** @throws MjError unreachable at once, instead of after the patience of a request that has nobody to answer it */
export function needNats({ session, view }: Coordinator): void {
  if (session.isConnected()) return;
  throw new MjError("unreachable", "NATS is not reachable", {
    why: `the connection broke at ${view.connection.since}`,
    hint: "what is known is still shown; try again when the connection is back",
    retryable: true,
  });
}
