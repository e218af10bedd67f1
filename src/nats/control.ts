import { z } from "zod";
import type { Session } from "./session.js";
import { decodeJson } from "./json.js";

/** What can be asked of a running agent over core NATS. */
export const ControlRequest = z.discriminatedUnion("do", [
  z.object({ do: z.literal("ping") }),
  z.object({ do: z.literal("cancel"), task_id: z.string(), epoch: z.number() }),
  z.object({ do: z.literal("drain"), by: z.string() }),
]);
export type ControlRequest = z.output<typeof ControlRequest>;

/** What it answers. `stopped`, for cancel: the command has ended. `running`, for drain: the tasks that it finishes first. */
const ControlReply = z.object({
  instance_id: z.string(),
  stopped: z.boolean(),
  running: z.array(z.string()).optional(),
});
export type ControlReply = z.output<typeof ControlReply>;

/**
 * Asks whoever listens on a control subject.
 * @returns "nobody" when nobody listens, which is known at once: the server says so; "silent" when somebody does, but
 * gives no answer in time, or none that is one
 */
export async function ask(
  session: Session,
  subject: string,
  request: ControlRequest,
  timeoutMs: number,
): Promise<ControlReply | "nobody" | "silent"> {
  try {
    const message = await session.nc.request(subject, JSON.stringify(request), { timeout: timeoutMs });
    const reply = ControlReply.safeParse(decodeJson(message.data));
    return reply.success ? reply.data : "silent";
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
      handle(request.data)
        .then((reply) => message.respond(JSON.stringify(reply)))
        // The connection was closed meanwhile: whoever asked hears nothing.
        .catch(() => undefined);
    },
  });
  signal.addEventListener("abort", () => subscription.unsubscribe(), { once: true });
}
