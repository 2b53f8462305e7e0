/** Rounds of load on a gateway that is killed without warning, and what its callers were told. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Rng } from "../../src/domain/ports.ts";
import { PARTNER_KEY } from "./raw-client.ts";
import {
  answerJson,
  chunk,
  COMPLETION,
  deltaEvent,
  DONE_EVENT,
  LAST_CHUNK,
  SSE_HEAD,
  usageEvent,
  type Answer,
} from "./raw-upstream.ts";

const CHILD = new URL("gateway-to-kill.ts", import.meta.url).pathname;
const CALLERS = 24;
/** So many calls at most in one round, whatever happens. */
const MOST_CALLS = 4_000;

export interface KillRounds {
  /** Ids of the calls whose answers came whole. */
  readonly acknowledged: readonly string[];
  /** Rounds in which calls were under way when the kill came. */
  readonly cutRounds: number;
}

/** Starts, loads and kills a gateway `kills` times on one data folder, each time after a number of answers drawn from `rng`. */
export async function killUnderLoad(options: {
  readonly kills: number;
  readonly rng: Rng;
  readonly environment: Readonly<Record<string, string>>;
}): Promise<KillRounds> {
  const acknowledged: string[] = [];
  let cutRounds = 0;
  let next = warmUp(options.environment);
  for (let kill = 1; kill <= options.kills; kill += 1) {
    const gateway = next;
    const url = await openLedger(gateway);
    if (kill < options.kills) next = warmUp(options.environment);
    const round = await loadUntilKilled(gateway, url, 1 + Math.floor(options.rng.next() * 150));
    acknowledged.push(...round.acknowledged);
    if (round.cut > 0) cutRounds += 1;
  }
  return { acknowledged, cutRounds };
}

/** Every other call asks for a stream; upstreams answer each in kind. */
export const answerInKind: Answer = (call) => {
  if (!call.body.includes('"stream":true')) return answerJson(COMPLETION)(call);
  const events = [deltaEvent("hel"), deltaEvent("lo"), usageEvent(COMPLETION.usage), DONE_EVENT];
  call.socket.write(SSE_HEAD + events.map(chunk).join("") + LAST_CHUNK);
};

function warmUp(environment: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [CHILD], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function openLedger(gateway: ChildProcess): Promise<string> {
  const { stdin, stdout } = gateway;
  if (stdin === null || stdout === null) throw new Error("the child has pipes");
  stdin.write("open\n");
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error("the gateway ended before it was ready");
}

async function loadUntilKilled(
  gateway: ChildProcess,
  url: string,
  answers: number,
): Promise<{ readonly acknowledged: readonly string[]; readonly cut: number }> {
  const acknowledged: string[] = [];
  let calls = 0;
  let cut = 0;
  let killed = false;
  const exited = once(gateway, "exit");
  const callOnAndOn = async (): Promise<void> => {
    while (!killed && calls < MOST_CALLS) {
      calls += 1;
      const id = await call(url, calls % 2 === 0).catch(() => null);
      if (id === null) {
        cut += 1;
        if (!killed) throw new Error("a call failed before the kill");
        return;
      }
      acknowledged.push(id);
      if (acknowledged.length < answers || killed) continue;
      killed = true;
      gateway.kill("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, callOnAndOn));
  const [, signal] = (await exited) as [number | null, string | null];
  if (signal !== "SIGKILL") throw new Error("the gateway ended by itself");
  return { acknowledged, cut };
}

/** The id of a call once its answer has come whole; rejects when it breaks off. */
async function call(url: string, stream: boolean): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${PARTNER_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5.4", messages: [{ role: "user", content: "hello" }], stream }),
  });
  const text = await response.text();
  const id = response.headers.get("x-clauseway-request-id");
  const whole = stream ? text.endsWith(DONE_EVENT) : text.endsWith("}");
  if (response.status !== 200 || id === null || !whole) throw new Error(`${response.status}: ${text}`);
  return id;
}
