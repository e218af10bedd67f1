import { createHash } from "node:crypto";
import { nkeys } from "nats";

type KeyPair = ReturnType<typeof nkeys.createUser>;
const base64url = (data: Uint8Array | string): string => Buffer.from(data).toString("base64url");

/** An operator, an account and a user, as `nsc` would make them: a server's configuration, and a credentials file. */
export function makeCredentials(): { config: string; creds: string } {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const limits = { subs: -1, data: -1, payload: -1 };
  const operatorJwt = sign(operator, operator, "test", { type: "operator", version: 2 });
  const accountJwt = sign(operator, account, "app", {
    type: "account",
    version: 2,
    limits: { ...limits, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
  });
  const userJwt = sign(account, user, "agent", { type: "user", version: 2, ...limits });
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    config: `operator: ${operatorJwt}\nresolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: ${accountJwt} }`,
    creds: `-----BEGIN NATS USER JWT-----\n${userJwt}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  };
}

/** A NATS JWT: claims signed by the issuer's nkey; its id is the hash of the claims without it. */
function sign(issuer: KeyPair, subject: KeyPair, name: string, nats: object): string {
  const claims = {
    jti: "",
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name,
    sub: subject.getPublicKey(),
    nats,
  };
  claims.jti = createHash("sha256").update(JSON.stringify(claims)).digest("hex").toUpperCase();
  const body = `${base64url(JSON.stringify({ typ: "JWT", alg: "ed25519-nkey" }))}.${base64url(JSON.stringify(claims))}`;
  return `${body}.${base64url(issuer.sign(new TextEncoder().encode(body)))}`;
}
