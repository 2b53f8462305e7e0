/**
 * Measures what autocannon does by itself that would spoil a load run, and prints the raw output:
 *   node load-tests/bench/autocannon-traps.ts
 * Each trap that shows here has its answer in src/load/closed-loop.ts.
 */

import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import autocannon from "autocannon";

const DELAY_MS = 500;

await withServer(
  (_request, response) => {
    setTimeout(() => response.end("ok"), DELAY_MS);
  },
  async (url) => {
    console.log(`1. rate: constant ${DELAY_MS} ms server, overallRate 10, 10 connections, 6 s`);
    const paced = { url, connections: 10, overallRate: 10, duration: 6 };
    printLatency("   as it is           ", await autocannon(paced));
    printLatency("   with -C            ", await autocannon({ ...paced, ignoreCoordinatedOmission: true }));
    printLatency("   closed loop, no -R ", await autocannon({ url, connections: 10, duration: 6 }));
  },
);

let aborted = 0;
let served = 0;
await withServer(
  (request, response) => {
    response.once("close", () => (response.writableFinished ? served++ : aborted++));
    setTimeout(() => response.end(request.url), 50);
  },
  async (url) => {
    console.log("2. end of the run: 50 ms server, 20 connections, 2 s");
    const result = await autocannon({ url, connections: 20, duration: 2 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    console.log(
      `   answered ${result["2xx"]}, errors ${result.errors}; the server saw ${served} whole and ${aborted} cut off`,
    );
  },
);

let seen = 0;
await withServer(
  (_request, response) => {
    seen++;
    if (seen % 10 !== 0) return response.end("ok");
    response.writeHead(200, { "content-length": "100" });
    response.write("half");
    return setTimeout(() => response.socket?.end(), 5);
  },
  async (url) => {
    console.log("3. cut answers: every tenth answer ends in the middle, 4 connections, 2 s");
    const result = await autocannon({ url, connections: 4, duration: 2 });
    console.log(
      `   requests seen ${seen}, cut ${Math.floor(seen / 10)}; reported 2xx ${result["2xx"]}, errors ${result.errors}, ` +
        `timeouts ${result.timeouts}, mismatches ${result.mismatches}`,
    );
  },
);

await withServer(
  (_request, response) => void response.end("ok"),
  async (url) => {
    console.log(
      "4. cost of hooks: empty server in this process, 16 connections, 3 s each, twice interleaved",
    );
    const body = JSON.stringify({ text: "word ".repeat(300) });
    const plain = { url, connections: 16, duration: 3, method: "POST" as const, body };
    for (let round = 0; round < 2; round++) {
      printRate("   without hooks                ", await measured(() => autocannon(plain)));
      printRate(
        "   setupRequest and onResponse  ",
        await measured(() =>
          autocannon({
            ...plain,
            requests: [{ setupRequest: (request) => ({ ...request, body }), onResponse: () => {} }],
          }),
        ),
      );
    }
  },
);

async function withServer(handler: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function printLatency(name: string, { latency, requests }: autocannon.Result): void {
  const samples = (latency as unknown as { totalCount: number }).totalCount;
  console.log(
    `${name} requests ${requests.total}, latency samples ${samples}, p50 ${latency.p50} ms, p99 ${latency.p99} ms, ` +
      `mean ${latency.mean} ms`,
  );
}

interface Measured {
  readonly result: autocannon.Result;
  readonly cpuMicros: number;
}

async function measured(run: () => PromiseLike<autocannon.Result>): Promise<Measured> {
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  return { result, cpuMicros: user + system };
}

function printRate(name: string, { result, cpuMicros }: Measured): void {
  const calls = result.requests.total;
  console.log(
    `${name} ${calls} calls, ${(calls / result.duration).toFixed(0)}/s, ${(cpuMicros / calls).toFixed(1)} us CPU a call (client and server)`,
  );
}
