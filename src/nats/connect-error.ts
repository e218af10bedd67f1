import { AuthorizationError, UserAuthenticationExpiredError } from "nats";
import { errnoOf, messageOf, MjError } from "../errors.js";
import { asksForTls, describeCredentials, type NatsSettings } from "./settings.js";

const HINT = "start one with: mjagent server start; or name another with --server or NATS_URL";
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "there is no host of that name",
  EAI_AGAIN: "the host's name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "no answer",
  ECONNRESET: "the connection was cut",
};

const CERTIFICATE_HINT = "give one with --cert and --key, or NATS_CERT and NATS_KEY";

/** OpenSSL's and Node's words for a certificate that does not fit, in plain ones. */
const TLS: readonly (readonly [RegExp, string, string])[] = [
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|self.signed|unable to (verify|get)/i,
    "its certificate is not from an authority this machine knows",
    "give the authority's certificate with --ca or NATS_CA",
  ],
  [
    /ALTNAME|does not match certificate/i,
    "its certificate is for another host name",
    "connect by the name that is in the certificate",
  ],
  [/EXPIRED|has expired/i, "its certificate has expired", "renew the server's certificate"],
  [
    /certificate required|bad certificate|handshake failure|unknown ca|certificate unknown/i,
    "it wants a certificate of ours that it knows",
    CERTIFICATE_HINT,
  ],
  [/does not support 'tls'/i, "it does not offer TLS", "use nats:// instead of tls://, and no --ca or --cert"],
  [
    /wrong version number|packet length|unexpected response from server/i,
    "it does not answer as a nats-server does",
    "check host and port",
  ],
];

/** The error for a first connection that failed, in words, with the next step; never with a secret in it. */
export function connectError(cause: unknown, settings: NatsSettings, timeoutMs: number): MjError {
  const url = settings.servers.join(", ");
  const text = allMessages(cause);
  const isTlsRefusal = TLS.find(([pattern]) => pattern.test(text));
  if (isTlsRefusal) {
    const [, why, hint] = isTlsRefusal;
    return new MjError("unreachable", `cannot connect to NATS at ${url}`, { why, hint, cause });
  }
  if (cause instanceof AuthorizationError || cause instanceof UserAuthenticationExpiredError) {
    return new MjError("auth", `NATS at ${url} refused ${describeCredentials(settings)}`, {
      why: cause.message,
      hint: "check --creds, --user and --password, --token or --nkey (or NATS_CREDS, NATS_USER, …)",
      cause,
    });
  }
  const isTimeout = cause instanceof Error && cause.name === "TimeoutError";
  if (isTimeout && asksForTls(settings)) {
    // With TLS 1.3 a server refuses our certificate only after the handshake, and the client then waits for nothing.
    return new MjError("unreachable", `cannot reach NATS at ${url}`, {
      why: `no answer within ${timeoutMs / 1_000} s; it may want a certificate of ours that it knows`,
      hint: CERTIFICATE_HINT,
      retryable: true,
      cause,
    });
  }
  return new MjError("unreachable", `cannot reach NATS at ${url}`, {
    why: isTimeout ? `no answer within ${timeoutMs / 1_000} s` : (UNREACHABLE[code(cause)] ?? messageOf(cause)),
    hint: HINT,
    retryable: true,
    cause,
  });
}

/** The client wraps system errors as causes, Node wraps those of several addresses in one. */
function code(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return code(error.errors[0]);
  const own = errnoOf(error);
  if (own !== undefined && own in UNREACHABLE) return own;
  return error instanceof Error && error.cause !== undefined ? code(error.cause) : (own ?? "");
}

function allMessages(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [errnoOf(error) ?? "", error.message, error.cause === undefined ? "" : allMessages(error.cause)].join(" ");
}
