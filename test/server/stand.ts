import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import WebSocket from "ws";
import { NewTask, type NewTaskInput } from "../../src/domain/task.js";
import type { NumberedChange } from "../../src/domain/change.js";
import { publishTasks } from "../../src/operations/publish.js";
import { type Served, serve, type ServeEvent } from "../../src/server/serve.js";
import { ensureTokens, type Scope, type Tokens } from "../../src/server/guard/tokens.js";
import { startTestServer, type TestServer } from "../support/nats-server.js";
import { freshWorkspace, openTestSession, type TestSession } from "../support/session.js";
import "../support/state-dir.js";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: () => unknown;
}

interface Asked {
  method?: string;
  /** Which token is sent; null: none. */
  as?: Scope | null;
  headers?: Record<string, string>;
  body?: unknown;
}

export type Coordinator = Awaited<ReturnType<typeof startCoordinator>>;

/** A real coordinator on a real server. */
export async function startCoordinator() {
  const nats: TestServer = await startTestServer();
  const session: TestSession = await openTestSession(nats.url, freshWorkspace());
  const tokens: Tokens = await ensureTokens();
  const events: ServeEvent[] = [];
  const binding = { host: "127.0.0.1", port: 0 };
  const served: Served = await serve(session, {
    ...{ binding, tokens, person: "someone@here" },
    onEvent: (event) => void events.push(event),
  });
  const authorization = (as: Scope | null): Record<string, string> =>
    as === null ? {} : { authorization: `Bearer ${tokens[as]}` };

  /** A request as raw as it gets: browsers and `fetch` would not send some of these headers. */
  const ask = async (path: string, { method = "GET", as = "operate", headers = {}, body }: Asked = {}) => {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    return await new Promise<Answer>((resolve, reject) => {
      const request = httpRequest(`${served.url}${path}`, {
        method,
        headers: { ...authorization(as), ...json, ...headers },
      });
      request.on("error", reject).on("response", (response) => {
        text(response).then((content) => {
          const { statusCode = 0, headers: answered } = response;
          const parse = (): unknown => JSON.parse(content);
          resolve({ status: statusCode, headers: answered, text: content, json: parse });
        }, reject);
      });
      request.end(typeof body === "string" || body === undefined ? body : JSON.stringify(body));
    });
  };
  return {
    ...{ nats, session, tokens, served, events, ask },
    post: (path: string, body: unknown, more: Asked = {}) => ask(path, { method: "POST", body, ...more }),
    publish: async (...tasks: NewTaskInput[]) =>
      (
        await publishTasks(
          session,
          tasks.map((task) => NewTask.parse(task)),
        )
      ).map(({ record }) => record),
    /** A socket to `/api/live`, and what came over it. */
    live: (headers: Record<string, string> = authorization("read"), path = "/api/live") =>
      listen(`${served.url}${path}`, headers),
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
      await nats[Symbol.asyncDispose]();
    },
  };
}

/** What comes over `/api/live`; `from` to `changes` of changes only. */
interface LiveMessage {
  type: string;
  seq: number;
  from: number;
  to: number;
  changes?: NumberedChange[];
}

interface Listener {
  socket: WebSocket;
  messages: LiveMessage[];
  /** The HTTP status it was refused with. */
  refused: Promise<number>;
}

function listen(url: string, headers: Record<string, string>): Listener {
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  const messages: LiveMessage[] = [];
  socket.on("message", (data: Buffer) => void messages.push(JSON.parse(data.toString()) as LiveMessage));
  const refused = new Promise<number>((resolve) => {
    socket.on("unexpected-response", (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
  });
  socket.on("error", () => undefined);
  return { socket, messages, refused };
}
