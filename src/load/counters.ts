/** Reads the gateway's Prometheus counters, as any scraper would. */

import { request } from "undici";

/** Sums of the counters that must agree with the calls. */
export interface CounterSums {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Reads `/metrics` of `adminUrl`. Rejects when it cannot be read. */
export async function readMetrics(adminUrl: string): Promise<string> {
  const answer = await request(`${adminUrl}/metrics`, { headersTimeout: 10_000, bodyTimeout: 10_000 });
  const text = await answer.body.text();
  if (answer.statusCode !== 200)
    throw new Error(`\`${adminUrl}/metrics\` answered with status ${answer.statusCode}`);
  return text;
}

/** The sums of an exposition text: successful calls, their input and output tokens. */
export function sumCounters(text: string): CounterSums {
  return {
    calls: sumSeries(text, "clauseway_requests_total", 'outcome="ok"'),
    inputTokens: sumSeries(text, "clauseway_input_tokens_total"),
    outputTokens: sumSeries(text, "clauseway_output_tokens_total"),
  };
}

/** What was counted between two readings. */
export function subtractSums(after: CounterSums, before: CounterSums): CounterSums {
  return {
    calls: after.calls - before.calls,
    inputTokens: after.inputTokens - before.inputTokens,
    outputTokens: after.outputTokens - before.outputTokens,
  };
}

/** The sum of all series of `name` whose labels hold `label`; 0 where there is none. */
export function sumSeries(text: string, name: string, label = ""): number {
  let sum = 0;
  for (const line of text.split("\n")) {
    if (!line.startsWith(name)) continue;
    const labels = /^\{(?<inside>.*)\} (?<value>\S+)$/.exec(line.slice(name.length));
    const value = labels?.groups?.["value"] ?? /^ (\S+)$/.exec(line.slice(name.length))?.[1];
    if (
      value !== undefined &&
      (label === "" || (labels?.groups?.["inside"] ?? "").split(",").includes(label))
    ) {
      sum += Number(value);
    }
  }
  return sum;
}
