/** HTTP framing that two parsers could read differently: refused, closed, never forwarded, never charged. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFaultWorld, type FaultWorld } from "../support/fault-world.ts";
import { CHAT, chatRequest, PARTNER_KEY, request, sendRaw } from "../support/raw-client.ts";

let faults: FaultWorld;

beforeAll(async () => {
  faults = await startFaultWorld();
});
afterAll(() => faults.close());
beforeEach(() => faults.reset());
afterEach(() => faults.expectUntouched());

const SIZE = Buffer.byteLength(CHAT);
const CHUNKED = `${SIZE.toString(16)}\r\n${CHAT}\r\n0\r\n\r\n`;
/** What a smuggled request would look like to a server that takes the rest of the body for a second one. */
const HIDDEN = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${PARTNER_KEY}\r\ncontent-type: application/json\r\ncontent-length: ${SIZE}\r\n\r\n${CHAT}`;

function framed(
  lines: readonly string[],
  body: string,
  requestLine = "POST /v1/chat/completions HTTP/1.1",
): string {
  const common = ["host: gateway", `authorization: Bearer ${PARTNER_KEY}`, "content-type: application/json"];
  return request(requestLine, [...common, ...lines], body);
}

/** Refused by closing the connection after one answer in 4xx or 5xx. */
async function expectRefused(bytes: string | Buffer, statuses: readonly number[]): Promise<void> {
  const answer = await sendRaw(faults.gateway, bytes);
  expect(statuses).toContain(answer.status);
  expect(answer.text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  expect(answer.headers["connection"]).toBe("close");
}

describe("A1: both framings at once", () => {
  test.each([
    ["length first", [`content-length: ${SIZE}`, "transfer-encoding: chunked"]],
    ["chunked first", ["transfer-encoding: chunked", `content-length: ${SIZE}`]],
    ["a length of nothing", ["content-length: 0", "transfer-encoding: chunked"]],
  ])("refuses %s", (_case, lines) => expectRefused(framed(lines, CHUNKED + HIDDEN), [400]));
});

describe("A2: content-length twice", () => {
  test.each([
    ["equal", [`content-length: ${SIZE}`, `content-length: ${SIZE}`]],
    ["different", [`content-length: ${SIZE}`, "content-length: 4"]],
    ["in one line", [`content-length: ${SIZE}, ${SIZE}`]],
  ])("refuses %s", (_case, lines) => expectRefused(framed(lines, CHAT), [400]));
});

test.each(["+3", "-1", "0x3", " 3 3", "", "99999999999999999999"])(
  "A3: refuses content-length `%s`",
  (value) => expectRefused(framed([`content-length:${value}`], CHAT), [400]),
);

test.each([
  "transfer-encoding: identity",
  "transfer-encoding: xchunked",
  "transfer-encoding: ,chunked",
  "transfer-encoding: chunked, identity",
  "transfer-encoding : chunked",
  "transfer-encoding: chunked\r\ntransfer-encoding: identity",
])("A4: refuses `%s`", (line) => expectRefused(framed([line], CHUNKED), [400]));

test.each([
  ["a bare line feed after a header", framed([`content-length: ${SIZE}\nx: y`], CHAT)],
  ["a bare carriage return in a header", framed([`content-length: ${SIZE}\rx: y`], CHAT)],
  ["a bare line feed in a chunk line", framed(["transfer-encoding: chunked"], CHUNKED.replace("\r\n", "\n"))],
])("A5: refuses %s", (_case, bytes) => expectRefused(bytes, [400]));

test.each(["0x1", "1_0", "FFFFFFFFFFFFFFFFF", "-1", ""])("A6: refuses chunk size `%s`", (size) =>
  expectRefused(framed(["transfer-encoding: chunked"], `${size}\r\n${CHAT}\r\n0\r\n\r\n`), [400]),
);

test("A7: refuses a chunk extension of 20 KiB", () =>
  expectRefused(
    framed(["transfer-encoding: chunked"], CHUNKED.replace("\r\n", `;${"a".repeat(20_480)}\r\n`)),
    [400, 413],
  ));

describe("A8 and A9: a body on a method that has none", () => {
  const hidden = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;
  test.each(["DELETE", "OPTIONS", "GET", "HEAD", "PUT", "PATCH"])(
    "refuses a chunked %s with a request inside",
    (method) =>
      expectRefused(
        framed(["transfer-encoding: chunked"], hidden, `${method} /v1/responses/resp_1 HTTP/1.1`),
        [400, 405],
      ),
  );
  test.each(["DELETE", "OPTIONS", "GET", "HEAD"])("refuses %s with a length and a request inside", (method) =>
    expectRefused(
      framed([`content-length: ${HIDDEN.length}`], HIDDEN, `${method} /v1/files HTTP/1.1`),
      [400, 405],
    ),
  );
});

test("A8: a request after a refused one on the same connection is not served", () =>
  expectRefused(
    framed(["transfer-encoding: chunked"], "0\r\n\r\n", "DELETE /v1/files/f HTTP/1.1") + HIDDEN,
    [400],
  ));

test.each([
  ["an obsolete line fold", [`content-length: ${SIZE}`, "x-a: b", " c"]],
  ["a NUL in a value", [`content-length: ${SIZE}`, "x-a: b\0c"]],
  ["a name with a space", [`content-length: ${SIZE}`, "x a: b"]],
  ["an empty name", [`content-length: ${SIZE}`, ": b"]],
])("A12: refuses %s", (_case, lines) => expectRefused(framed(lines, CHAT), [400]));

describe("A13: other versions and protocols", () => {
  test("refuses HTTP/1.0 with chunks", () =>
    expectRefused(
      framed(["transfer-encoding: chunked"], CHUNKED, "POST /v1/chat/completions HTTP/1.0"),
      [400],
    ));
  test("refuses HTTP/1.9", () =>
    expectRefused(
      framed([`content-length: ${SIZE}`], CHAT, "POST /v1/chat/completions HTTP/1.9"),
      [400, 505],
    ));
  test("refuses a request line without a version", () => expectRefused("GET /v1/models\r\n\r\n", [400, 505]));
  test("refuses the preface of HTTP/2", () => expectRefused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 505]));
  test("refuses a TLS hello", () =>
    expectRefused(Buffer.from("16030100c8010000c40303aabbccdd0d0a0d0a", "hex"), [400]));
});

test("more than a hundred header lines are refused", () =>
  expectRefused(
    framed([`content-length: ${SIZE}`, ...Array.from({ length: 100 }, (_, at) => `x-${at}: y`)], CHAT),
    [400],
  ));

test("B9: a header block over 16 KiB is refused", () =>
  expectRefused(framed([`content-length: ${SIZE}`, `x-a: ${"b".repeat(17_000)}`], CHAT), [431]));

test("A11: what follows a call that closes its connection is never served", async () => {
  const before = await faults.metric("clauseway_requests_total");
  await sendRaw(faults.gateway, chatRequest() + HIDDEN);
  // The first call may be cut off by the refusal of what follows it, but it ends, and there is no second one.
  await expect.poll(() => faults.metric("clauseway_requests_total")).toBe(before + 1);
  expect(faults.upstreamCalls()).toBeLessThanOrEqual(1);
  expect(await faults.newRows()).toBeLessThanOrEqual(1);
  await faults.reset();
});
