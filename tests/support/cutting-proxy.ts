/** Stands between a ledger and its Postgres and cuts connections at the worst moment: around a commit. */

import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `before`: the commit does not reach the server. `after`: it does, and the word of it does not come back. */
type Cut = "before" | "after";

export interface CuttingProxy {
  /** The folder of its socket. */
  readonly folder: string;
  /** Cuts the connection of the next commit. */
  cutNext(cut: Cut): void;
  /** How many connections were cut. */
  cuts(): number;
  close(): Promise<void>;
}

const SOCKET = ".s.PGSQL.5432";
/** A simple query: `Q`, its length, its text. */
const COMMIT = Buffer.from("COMMIT\0");

export async function startCuttingProxy(serverFolder: string): Promise<CuttingProxy> {
  const folder = mkdtempSync(join(tmpdir(), "clauseway-cut-"));
  const sockets = new Set<Socket>();
  let armed: Cut | null = null;
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(join(serverFolder, SOCKET));
    const cutBoth = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", cutBoth);
      socket.on("close", () => {
        sockets.delete(socket);
        cutBoth();
      });
    }
    let silenced = false;
    client.on("data", (chunk) => {
      if (armed === null || !chunk.includes(COMMIT)) {
        upstream.write(chunk);
        return;
      }
      const cut = armed;
      armed = null;
      cuts += 1;
      if (cut === "before") {
        cutBoth();
        return;
      }
      silenced = true;
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (silenced) cutBoth();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, SOCKET), resolve));
  return {
    folder,
    cutNext: (cut) => {
      armed = cut;
    },
    cuts: () => cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
