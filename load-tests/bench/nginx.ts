/** The upstream of the benchmark: nginx, which answers every call with one canned chat completion. */

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type Running, startAndPoll } from "./processes.ts";

/** Starts nginx in the foreground with its own configuration under `folder`. */
export async function startNginx(folder: string): Promise<Running> {
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port));
  return startAndPoll(
    {
      name: "nginx",
      command: "nginx",
      args: ["-e", "stderr", "-c", file],
      logFile: join(folder, "nginx.log"),
    },
    `http://127.0.0.1:${port}`,
  );
}

const ANSWER = {
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_774_915_200,
  model: "gpt-5.4-2026-03-05",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "the time of the year ".repeat(12).trim(), refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: {
    prompt_tokens: 64,
    completion_tokens: 60,
    total_tokens: 124,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
};

function configuration(folder: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `  ${kind}_temp_path ${folder}/${kind};`)
    .join("\n");
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
${temporary}
  access_log off;
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:${port};
    location / {
      default_type application/json;
      return 200 '${JSON.stringify(ANSWER)}';
    }
  }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
