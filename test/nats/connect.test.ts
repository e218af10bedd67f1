import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MjError } from "../../src/errors.js";
import { type ConnectionEvent, connectNats, onStatus } from "../../src/nats/connect.js";
import { readNatsContext } from "../../src/nats/context.js";
import { type NatsSettings, parseServers } from "../../src/nats/settings.js";
import { startTestServer } from "../support/nats-server.js";
import { startConfigured } from "./configured-server.js";
import { makeCredentials } from "./jwt.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mjagent-connect-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

/** Connects, checks that the server answers, closes. */
async function works(settings: NatsSettings): Promise<void> {
  const connection = await connectNats(settings, { name: "test", timeoutMs: 5_000 });
  await connection.flush();
  await connection.close();
}

async function failure(settings: NatsSettings, timeoutMs = 5_000): Promise<MjError> {
  const error: unknown = await connectNats(settings, { name: "test", timeoutMs }).then(
    (connection) => connection.close(),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MjError);
  return error as MjError;
}

describe("credentials", () => {
  test("user and password, also in the URL; a wrong one is an auth error that names the user and no password", async () => {
    await using server = await startConfigured(`authorization: { user: alice, password: "s3:cret" }`);
    await works({ servers: [server.url], user: "alice", password: "s3:cret" });
    await works(parseServers(`nats://alice:s3%3Acret@127.0.0.1:${server.port}`, "NATS_URL"));
    const wrong = await failure(parseServers(`nats://alice:hush-hush@127.0.0.1:${server.port}`, "NATS_URL"));
    expect(wrong.code).toBe("auth");
    expect(wrong.message).toContain('user "alice"');
    expect(JSON.stringify([wrong.message, wrong.why, wrong.hint])).not.toContain("hush-hush");
    expect((await failure({ servers: [server.url] })).message).toContain("no credentials");
  });

  test("token, also in the URL", async () => {
    await using server = await startConfigured(`authorization: { token: t0ken }`);
    await works({ servers: [server.url], token: "t0ken" });
    await works(parseServers(`t0ken@127.0.0.1:${server.port}`, "NATS_URL"));
    expect(await failure({ servers: [server.url], token: "no" })).toMatchObject({ code: "auth" });
  });

  test("nkey file, with and without decoration", async () => {
    const user = nkeys.createUser();
    const seed = new TextDecoder().decode(user.getSeed());
    await using server = await startConfigured(`authorization: { users: [ { nkey: ${user.getPublicKey()} } ] }`);
    await works({ servers: [server.url], nkey: await file("user.nk", `${seed}\n`) });
    await works({
      servers: [server.url],
      nkey: await file("decorated.nk", `-----BEGIN SEED-----\n${seed}\n-----END-----\n`),
    });
    const broken = await file("broken.nk", "not a seed");
    expect(await failure({ servers: [server.url], nkey: broken })).toMatchObject({
      code: "usage",
      message: `${broken} is not a NATS nkey file`,
    });
  });

  test("a file that was renewed is read again, also after refusals", async () => {
    const [old, renewed] = [nkeys.createUser(), nkeys.createUser()];
    const users = (user: typeof old) => `authorization: { users: [ { nkey: ${user.getPublicKey()} } ] }`;
    const seed = (user: typeof old) => file("renewed.nk", new TextDecoder().decode(user.getSeed()));
    const before = await startConfigured(users(old));
    const connection = await connectNats(
      { servers: [before.url], nkey: await seed(old) },
      { name: "test", timeoutMs: 5_000 },
    );
    const refusals: unknown[] = [];
    const reconnected = (async () => {
      for await (const status of connection.status()) {
        if (status.type === "error") refusals.push(status.error);
        if (refusals.length === 3) await seed(renewed);
        if (status.type === "reconnect") return;
      }
    })();
    await before[Symbol.asyncDispose]();
    await using after = await startConfigured(users(renewed), before.port);
    await reconnected;
    expect(refusals.length).toBeGreaterThanOrEqual(3);
    expect(connection.getServer()).toContain(String(after.port));
    await connection.close();
  });

  test("credentials file", async () => {
    const { config, creds } = makeCredentials();
    await using server = await startConfigured(config);
    const path = await file("user.creds", creds);
    await works({ servers: [server.url], creds: path });
    const other = await file("other.creds", makeCredentials().creds);
    expect(await failure({ servers: [server.url], creds: other })).toMatchObject({ code: "auth" });
  });

  test("files that are missing or broken are usage errors, before anything is dialled", async () => {
    const servers = ["nats://127.0.0.1:1"];
    const missing = await failure({ servers, creds: join(folder, "none.creds") });
    expect(missing).toMatchObject({ code: "usage", why: "there is no such file" });
    expect(missing.message).toContain("none.creds");
    expect(await failure({ servers, creds: await file("bad.creds", "hello") })).toMatchObject({ code: "usage" });
    expect(await failure({ servers, ca: join(folder, "none.pem") })).toMatchObject({ code: "usage" });
    expect((await failure({ servers, cert: await file("c.pem", "") })).hint).toContain("--key");
  });
});

describe("TLS", () => {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  beforeAll(async () => {
    const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl("req", "-x509", ...ec, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA", "-days", "2");
    await file("san.cnf", "subjectAltName=IP:127.0.0.1,DNS:localhost");
    for (const name of ["server", "client"]) {
      openssl("req", ...ec, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
      openssl(
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "san.cnf",
        "-out",
        `${name}.pem`,
      );
    }
  });
  const at = (name: string) => join(folder, name);
  const tls = (more = "") => `tls: { cert_file: "${at("server.pem")}", key_file: "${at("server.key")}" ${more} }`;

  test("an authority of one's own; without it the reason and the next step are in words", async () => {
    await using server = await startConfigured(tls());
    await works({ servers: [server.url], ca: at("ca.pem") });
    await works({ servers: [`tls://localhost:${server.port}`], ca: at("ca.pem") });
    const error = await failure({ servers: [server.url] });
    expect(error.why).toBe("its certificate is not from an authority this machine knows");
    expect(error.hint).toContain("--ca");
  });

  test("a client certificate; without it the reason is in words", async () => {
    await using server = await startConfigured(tls(`, ca_file: "${at("ca.pem")}", verify: true`));
    await works({ servers: [server.url], ca: at("ca.pem"), cert: at("client.pem"), key: at("client.key") });
    const error = await failure({ servers: [server.url], ca: at("ca.pem") }, 1_000);
    expect(error.why).toContain("it may want a certificate of ours");
  });

  test("tls:// where there is no TLS", async () => {
    await using server = await startTestServer();
    const error = await failure({ servers: [`tls://127.0.0.1:${server.port}`] });
    expect(error).toMatchObject({ code: "unreachable", why: "it does not offer TLS" });
  });
});

describe("unreachable", () => {
  test("nobody listens: the URL, why, and the next step", async () => {
    const error = await failure(parseServers("nats://bob:hush-hush@127.0.0.1:1", "NATS_URL"));
    expect(error).toMatchObject({
      code: "unreachable",
      message: "cannot reach NATS at nats://127.0.0.1:1",
      why: "connection refused",
      retryable: true,
    });
    expect(error.hint).toContain("mjagent server start");
  });

  test("no such host", async () => {
    const error = await failure({ servers: ["nats://no-such-host.invalid:4222"] });
    expect(error.code).toBe("unreachable");
    expect(error.message).toContain("no-such-host.invalid");
  });

  test("hosts that accept and say nothing: the bound is told", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const url = `nats://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const error = await failure({ servers: [url, url.replace("127.0.0.1", "localhost")] }, 300);
    expect(error).toMatchObject({ code: "unreachable", why: "no answer within 0.3 s" });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test("something that is not a nats-server", async () => {
    const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
    await once(web, "listening");
    const error = await failure({ servers: [`nats://127.0.0.1:${(web.address() as AddressInfo).port}`] }, 2_000);
    expect(error).toMatchObject({ code: "unreachable", why: "it does not answer as a nats-server does" });
    web.close();
  });

  test("the second of several servers is used when the first is down", async () => {
    await using server = await startTestServer();
    await works(parseServers(`127.0.0.1:1, ${server.url}`, "NATS_URL"));
  });

  test("an abort ends connecting", async () => {
    const connecting = connectNats(
      { servers: ["nats://127.0.0.1:1"] },
      { name: "test", timeoutMs: 5_000, signal: AbortSignal.abort(new Error("stop")) },
    );
    await expect(connecting).rejects.toThrow("stop");
  });
});

test("onStatus tells what the connection goes through, and a listener that throws stops nothing", async () => {
  await using server = await startTestServer();
  const connection = await connectNats({ servers: [server.url] }, { name: "test", timeoutMs: 5_000 });
  const seen: ConnectionEvent["type"][] = [];
  let tell = (): void => undefined;
  onStatus(connection, (event) => {
    seen.push(event.type);
    tell();
    throw new Error("listener");
  });
  const next = (): Promise<void> => new Promise((resolve) => (tell = resolve));
  const reconnected = (async () => {
    while (!seen.includes("reconnected")) await next();
  })();
  await server.restart();
  await reconnected;
  await connection.close();
  while (!seen.includes("closed")) await next();
  expect(seen).toEqual(["disconnected", "reconnected", "closed"]);
});

describe("natscli contexts", () => {
  const context = async (name: string, content: object | string): Promise<string> => {
    const dir = join(folder, "nats");
    await mkdir(join(dir, "context"), { recursive: true });
    await writeFile(
      join(dir, "context", `${name}.json`),
      typeof content === "string" ? content : JSON.stringify(content),
    );
    return dir;
  };

  test("one that natscli wrote connects", async () => {
    await using server = await startConfigured(`authorization: { user: alice, password: secret }`);
    const empty = {
      description: "",
      token: "",
      creds: "",
      nkey: "",
      cert: "",
      key: "",
      ca: "",
      nsc: "",
      tls_first: false,
      windows_ca_certs_match: null,
    };
    const dir = await context("prod", { ...empty, url: server.url, user: "alice", password: "secret" });
    const settings = await readNatsContext("prod", dir);
    expect(settings).toEqual({ servers: [server.url], user: "alice", password: "secret" });
    await works(settings);
  });

  test("the selected one is read only when asked for by the empty name", async () => {
    const dir = await context("chosen", { url: "demo.nats.io" });
    await expect(readNatsContext("", dir)).rejects.toThrow("no NATS context is selected");
    await writeFile(join(dir, "context.txt"), "chosen\n");
    expect(await readNatsContext("", dir)).toEqual({ servers: ["nats://demo.nats.io:4222"] });
  });

  test("files are expanded; no URL means NATS's default", async () => {
    const dir = await context("files", {
      creds: "file://~/a.creds",
      ca: "$MJ_TEST_DIR/ca.pem",
      token: "env://MJ_TEST_DIR",
    });
    process.env["MJ_TEST_DIR"] = "/x";
    const settings = await readNatsContext("files", dir);
    expect(settings).toMatchObject({ servers: ["nats://127.0.0.1:4222"], ca: "/x/ca.pem", token: "/x" });
    expect(settings.creds).toMatch(/^\/.*\/a\.creds$/);
  });

  test("what cannot be honoured is refused, not ignored", async () => {
    await context("nsc", { nsc: "nsc://a/b/c" });
    await context("op", { creds: "op://vault/item" });
    await context("broken", "{");
    const dir = await context("typed", { url: 5 });
    await expect(readNatsContext("nsc", dir)).rejects.toThrow("uses nsc, which mjagent cannot do");
    await expect(readNatsContext("op", dir)).rejects.toThrow("keeps its creds where mjagent cannot read it");
    await expect(readNatsContext("broken", dir)).rejects.toThrow("is not JSON");
    await expect(readNatsContext("typed", dir)).rejects.toThrow("url must be text, found the number 5");
    await expect(readNatsContext("typd", dir)).rejects.toThrow('unknown NATS context "typd": did you mean "typed"?');
    await expect(readNatsContext("../x", dir)).rejects.toThrow("not the name of a NATS context");
  });
});
