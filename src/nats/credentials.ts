import { readFileSync } from "node:fs";
import {
  type Authenticator,
  credsAuthenticator,
  jwtAuthenticator,
  nkeyAuthenticator,
  type TlsOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "nats";
import { errnoOf, MjError } from "../errors.js";
import { asksForTls, type NatsSettings } from "./settings.js";

/**
 * Who we say we are. Files are read again at each (re)connect, so that credentials which were renewed on disk are used.
 * @throws MjError `usage` when a file is missing or is not what it should be
 */
export function authenticatorsOf(settings: NatsSettings): Authenticator[] {
  const { creds, nkey, userJwt, userSeed, token, user, password } = settings;
  const found: Authenticator[] = [];
  if (creds !== undefined)
    found.push(
      tried(
        credsAuthenticator(() => readBytes(creds, "credentials")),
        creds,
        "credentials",
      ),
    );
  else if (nkey !== undefined)
    found.push(
      tried(
        nkeyAuthenticator(() => seedOf(nkey)),
        nkey,
        "nkey",
      ),
    );
  else if (userJwt !== undefined) {
    found.push(jwtAuthenticator(userJwt, userSeed === undefined ? undefined : new TextEncoder().encode(userSeed)));
  }
  if (token !== undefined) found.push(tokenAuthenticator(token));
  if (user !== undefined) found.push(usernamePasswordAuthenticator(user, password));
  return found;
}

/**
 * TLS options when the settings ask for TLS, else undefined: then a server that requires TLS gets it all the same.
 * @throws MjError `usage` when a file is missing, or only one of certificate and key is given
 */
export function tlsOf(settings: NatsSettings): TlsOptions | undefined {
  const { ca, cert, key, tlsFirst } = settings;
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ["key", "cert"] : ["cert", "key"];
    throw new MjError("usage", `a TLS ${given} needs its ${missing}`, {
      hint: `give --${missing} or NATS_${missing.toUpperCase()} too`,
    });
  }
  if (!asksForTls(settings)) return undefined;
  for (const file of [ca, cert, key]) if (file !== undefined) readBytes(file, "TLS");
  return {
    ...(ca !== undefined && { caFile: ca }),
    ...(cert !== undefined && { certFile: cert }),
    ...(key !== undefined && { keyFile: key }),
    ...(tlsFirst === true && { handshakeFirst: true }),
  };
}

function readBytes(file: string, what: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const why = errnoOf(cause) === "ENOENT" ? "there is no such file" : errnoOf(cause);
    throw new MjError("usage", `cannot read the ${what} file ${file}`, { why, cause });
  }
}

function seedOf(file: string): Uint8Array {
  const seed = /\bS[A-Z2-7]{57}\b/.exec(new TextDecoder().decode(readBytes(file, "nkey")))?.[0];
  if (seed === undefined) throw new Error("there is no nkey seed in it");
  return new TextEncoder().encode(seed);
}

/** Tries an authenticator once: what is wrong with its file must not come out as a problem of the connection. */
function tried(authenticator: Authenticator, file: string, what: string): Authenticator {
  try {
    authenticator("nonce");
    return authenticator;
  } catch (cause) {
    if (cause instanceof MjError) throw cause;
    throw new MjError("usage", `${file} is not a NATS ${what} file`, { cause });
  }
}
