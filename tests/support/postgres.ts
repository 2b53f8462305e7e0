/** A Postgres server of a test's own: in a temporary folder, on a socket there, with fsync on, gone when the test is. */

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";

export interface TestPostgres {
  /** The folder of its socket. */
  readonly folder: string;
  /** The URL of a ledger in a schema of that name; with a folder, by way of the socket there. */
  url(schema: string, folder?: string): string;
  /** A connection for looking at it, or for spoiling it; close it before the server. */
  connect(): Promise<Client>;
  /** Ends the server as a crash would, without notice. */
  crash(): Promise<void>;
  /** Starts it again on the same data. */
  restart(): Promise<void>;
  /** CPU time of the server's processes, those that ended included, in ms. */
  cpuMs(): number;
  close(): Promise<void>;
}

/** Where Debian puts the servers, one folder for each version. */
const SERVERS = "/usr/lib/postgresql";

/**
 * Whether a server is installed. Where it is not, a notice says what is left out; where everything must be tested
 * (`CLAUSEWAY_CI=1`) its absence is an error.
 */
export function hasPostgres(): boolean {
  if (binaries() !== null) return true;
  if (process.env["CLAUSEWAY_CI"] === "1")
    throw new Error("no Postgres server is installed: apt-get install postgresql");
  process.stderr.write(
    "left out: the tests on Postgres, of which no server is installed (apt-get install postgresql)\n",
  );
  return false;
}

/** Starts a server; close it in `afterAll`. */
export async function startPostgres(): Promise<TestPostgres> {
  const bin = binaries();
  if (bin === null) throw new Error("no Postgres server is installed");
  const owner = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), "clauseway-pg-"));
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const [initdb, ...initdbArgs] = as(owner, [join(bin, "initdb"), "-D", data, "-U", "postgres"]);
  const options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
  execFileSync(initdb ?? "", [...initdbArgs, ...options], { stdio: "ignore", cwd: folder });
  const start = (): Promise<ChildProcess> => startServer(as(owner, serverCommand(bin, data, folder)), folder);
  const urlAt = (socket: string): string =>
    `postgres://postgres@localhost/postgres?host=${encodeURIComponent(socket)}`;
  let server = await start();
  return {
    folder,
    url: (schema, socket = folder) => `${urlAt(socket)}&schema=${schema}`,
    connect: async () => {
      const client = new Client({ connectionString: urlAt(folder) });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    },
    crash: async () => {
      // Immediate shutdown: what was not written to the log is lost, and the next start recovers from it.
      await endServer(server, "SIGQUIT");
    },
    restart: async () => {
      server = await start();
    },
    cpuMs: () => cpuMsOf(server.pid ?? 0),
    close: async () => {
      await endServer(server, "SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The folder of the newest server, or null. */
function binaries(): string | null {
  if (!existsSync(SERVERS)) return null;
  const versions = readdirSync(SERVERS).sort((a, b) => Number(b) - Number(a));
  const folders = versions.map((version) => join(SERVERS, version, "bin"));
  return folders.find((folder) => existsSync(join(folder, "initdb"))) ?? null;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres refuses to run as root; null where the test does not. */
function unprivileged(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string): number => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

/** The server ends with the test that started it, however that ends. */
function as(owner: Owner | null, command: readonly string[]): readonly string[] {
  const user = owner === null ? [] : [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"];
  return ["setpriv", ...user, "--pdeathsig=INT", "--", ...command];
}

function serverCommand(bin: string, data: string, folder: string): readonly string[] {
  // fsync is on by default, and a test may turn it off.
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "max_connections=40"];
  return [join(bin, "postgres"), "-D", data, ...settings.flatMap((setting) => ["-c", setting])];
}

async function startServer([program = "", ...args]: readonly string[], cwd: string): Promise<ChildProcess> {
  const server = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], cwd });
  let log = "";
  for await (const chunk of server.stderr.setEncoding("utf8")) {
    log += String(chunk);
    if (log.includes("ready to accept connections")) break;
  }
  if (server.exitCode !== null || !log.includes("ready to accept connections")) {
    throw new Error(`Postgres did not start:\n${log}`);
  }
  return server;
}

async function endServer(server: ChildProcess, signal: "SIGINT" | "SIGQUIT"): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.kill(signal);
  await ended;
}

/** As proc(5) tells it: utime, stime and those of ended children, in ticks of 10 ms, of the process and its children. */
function cpuMsOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean);
  const ticks = [String(pid), ...children].map((each) => {
    const fields = readFileSync(`/proc/${each}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
  });
  return ticks.reduce((sum, each) => sum + each, 0) * 10;
}
