import { connect } from "nats";

/** EX_TEMPFAIL: the launcher tries again later. */
const tempFail = 75;

/**
 * Publishes one message where a stream keeps it and waits for the stream's acknowledgement.
 * Returns its sequence number. A server that cannot be reached or does not answer is an error with exit code 75.
 */
export async function announce(subject, message) {
  const { NATS_URL: servers, NATS_USER: user, NATS_PASSWORD: pass, NATS_TOKEN: token } = process.env;
  let client;
  try {
    client = await connect({
      servers: servers.split(","),
      user,
      pass,
      token,
      timeout: 5000,
      reconnect: false,
      name: "morgan",
    });
    const reply = (await client.request(subject, JSON.stringify(message), { timeout: 5000 })).json();
    if (typeof reply.seq !== "number") throw new Error(reply.error?.description ?? "no stream acknowledged it");
    return reply.seq;
  } catch (error) {
    const failure = new Error(`could not announce on ${subject} at ${servers}: ${error.message}`);
    throw Object.assign(failure, { exitCode: tempFail });
  } finally {
    await client?.close();
  }
}
