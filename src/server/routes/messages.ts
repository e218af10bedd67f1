import { z } from "zod";
import { ParsedJson } from "../../domain/json-value.js";
import { type ChannelMessage, readMessages, readTaskMessages, sendMessage } from "../../operations/messages.js";
import { type Api, type Coordinator, needNats } from "../api.js";
import { answer, anything, number, time } from "../schemas/answer.js";
import { MessageQuery, OneTask } from "../schemas/query.js";

const tags = ["messages"];

const Channel = z.strictObject({ channel: z.string().meta({ examples: ["general", "coordination", "tasks.failed"] }) });
const Messages = z.array(
  answer<ChannelMessage>({ channel: z.string(), seq: number, time, body: anything }).meta({ id: "Message" }),
);

/** What agents and people say on the channels of the workspace. */
export function addMessages(app: Api, coordinator: Coordinator): void {
  const { session, person } = coordinator;
  app.get(
    "/api/tasks/:id/messages",
    {
      schema: {
        tags,
        summary: "What was said about a task, oldest first",
        description:
          "Messages on any channel but `tasks` and `heartbeat` that name it as their `task_id`, of the newest 50,000 places of the event log.",
        params: OneTask,
        querystring: MessageQuery,
        response: { 200: Messages },
      },
    },
    async ({ params: { id }, query: { limit } }) => {
      needNats(coordinator);
      return await readTaskMessages(session, id, limit);
    },
  );
  for (const base of ["/api/messages", "/messages"]) {
    const hide = base === "/messages";
    app.get(
      `${base}/:channel`,
      {
        schema: {
          tags,
          hide,
          summary: "The newest messages of a channel, oldest first",
          params: Channel,
          querystring: MessageQuery,
          response: { 200: Messages },
        },
      },
      async ({ params, query }) => {
        needNats(coordinator);
        return await readMessages(session, params.channel, query.limit);
      },
    );
    app.post(
      `${base}/:channel`,
      {
        schema: {
          tags,
          hide,
          summary: "Say something on a channel",
          description: "`from` and `timestamp` are added. The header Idempotency-Key holds for two minutes.",
          params: Channel,
          headers: z.looseObject({ "idempotency-key": z.string().min(1).max(200).optional() }),
          body: z.record(z.string(), ParsedJson),
          response: { 201: z.object({ channel: z.string(), seq: z.int() }) },
        },
      },
      async ({ params: { channel }, body, headers }, reply) => {
        needNats(coordinator);
        const said = { from: person, key: headers["idempotency-key"] };
        return reply.code(201).send({ channel, seq: await sendMessage(session, channel, body, said) });
      },
    );
  }
}
