import { z } from "zod";
import type { Session } from "./session.js";
import { decodeJson } from "./json.js";

/** What can be asked of a running agent over core NATS. */
export const ControlRequest = z.discriminatedUnion("do", [
  z.object({ do: z.literal("ping") }),
  z.object({ do: z.literal("cancel"), task_id: z.string(), epoch: z.number() }),
]);
export type ControlRequest = z.output<typeof ControlRequest>;

/** What it answers; null from `ask` when nobody listens, "silent" when somebody does but says nothing in time. */
export interface ControlReply {
  instance_id: string;
  /** For cancel: the command has ended. */
  stopped: boolean;
}

/** Asks whoever listens on a control subject. No listener is known at once: the server says so. */
export async function ask(
  session: Session,
  subject: string,
  request: ControlRequest,
  timeoutMs: number,
): Promise<ControlReply | "nobody" | "silent"> {
  try {
    const message = await session.nc.request(subject, JSON.stringify(request), { timeout: timeoutMs });
    return decodeJson(message.data) as ControlReply;
  } catch (error) {
    const nobody = error instanceof Error && /no responders/i.test(error.message);
    return nobody ? "nobody" : "silent";
  }
}

/** Answers control requests until the signal aborts. What is not one is ignored. */
export function answer(
  session: Session,
  subject: string,
  signal: AbortSignal,
  handle: (request: ControlRequest) => Promise<ControlReply>,
): void {
  const subscription = session.nc.subscribe(subject, {
    callback: (error, message) => {
      if (error) return;
      const request = ControlRequest.safeParse(decodeJson(message.data));
      if (!request.success) return;
      void handle(request.data).then((reply) => message.respond(JSON.stringify(reply)));
    },
  });
  signal.addEventListener("abort", () => subscription.unsubscribe(), { once: true });
}
