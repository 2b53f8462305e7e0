/** The call that an explanation is about, as text: its facts, the request, or the record. */

import type { CallFacts } from "../../domain/call.ts";
import { formatUsdExact } from "../../domain/units.ts";
import type { LoggedRow } from "../../ledger/logged-call.ts";
import type {
  CallRecorded,
  ExplainReport,
  GatewayAnswer,
  HeldReference,
  RequestGiven,
  Terms,
} from "../explain/report.ts";
import { grouped } from "./columns.ts";
import { section, table, wrapped } from "./sections.ts";

/** One section or more, in reading order. */
export function formatCall({ call, terms, explanation }: ExplainReport): readonly string[] {
  switch (call.kind) {
    case "facts": {
      const facts = explanation?.facts ?? {};
      return factsSection(facts, [
        ["given", call.given],
        ["by default", call.byDefault],
        [`on ${terms.contractDate}`, call.byDate],
      ]);
    }
    case "request":
      return [
        section("REQUEST", requestLines(call)),
        section("ANSWER", answerLines(call.answer)),
        ...factsSection(explanation?.facts ?? {}, [["", Object.keys(explanation?.facts ?? {})]]),
      ];
    case "recorded":
      return [
        section("RECORDED", recordedLines(call)),
        section("TODAY", [
          ...wrapped(comparisonText(call, terms.digest)),
          ...(explanation === null ? [] : wrapped(termsText(call, terms), { hang: 2 })),
        ]),
        ...factsSection(explanation?.facts ?? {}, [
          ["", Object.keys(explanation?.facts ?? {}).filter((axis) => !call.byDefault.includes(axis))],
          ["not recorded, by default", call.byDefault],
        ]),
      ];
  }
}

/** No section where nothing is known. */
function factsSection(
  facts: CallFacts,
  groups: readonly (readonly [label: string, axes: readonly string[]])[],
): readonly string[] {
  const rows = groups
    .filter(([, axes]) => axes.length > 0)
    .map(([label, axes]) => [label, axes.map((axis) => `${axis}=${facts[axis] ?? ""}`).join("  ")]);
  if (rows.length === 0) return [];
  const unlabelled = rows.every(([label]) => label === "");
  return [section("FACTS", table(unlabelled ? rows.map(([, axes = ""]) => [axes]) : rows))];
}

function requestLines(call: RequestGiven): readonly string[] {
  const { method, path, frontend, operation, inferredFrom, partner, model, references, answer } = call;
  const stranger = answer.kind === "refused" && answer.code === "invalid_api_key";
  const told = inferredFrom === null ? "" : `, told by the field \`${inferredFrom}\` of the body`;
  const known = {
    credential: "known by its credential",
    customer: "known by the credential of its customer",
    named: "named by --as",
    assumed: "assumed, --as names another",
  };
  const what = operation === null ? "" : ` (${operation}${told})`;
  return [
    ...wrapped(`${method} ${path}${frontend === null ? what : frontendText(frontend, what)}`, { hang: 2 }),
    ...(stranger ? ["from nobody that the gateway or a frontend knows; --as names a partner"] : []),
    ...(partner === null ? [] : wrapped(`from ${partner.id} (${known[partner.known]})`)),
    ...(model === null ? [] : [`for ${model}`]),
    ...references.flatMap((reference) => wrapped(referenceText(reference), { hang: 2 })),
  ];
}

function frontendText({ partner, asks }: NonNullable<RequestGiven["frontend"]>, what: string): string {
  return ` at the frontend of ${partner}${asks === null ? "" : `, which asks the gateway: ${asks}${what}`}`;
}

function referenceText({ id, kind, field, holder, ledger }: HeldReference): string {
  const what = `${kind} \`${id}\` (${field === "id" ? "in the path" : field})`;
  if (ledger === null) {
    return `${what}: held by ${holder?.provider ?? "nobody"}, which is assumed; --data names a ledger that knows, --held-by another holder`;
  }
  if (holder !== null)
    return `${what}: held by ${holder.provider}/${holder.region}, says the ledger in ${ledger}`;
  return `${what}: unknown to the ledger in ${ledger}; --held-by assumes a holder`;
}

function answerLines(answer: GatewayAnswer): readonly string[] {
  switch (answer.kind) {
    case "catalogue":
      return [
        "200 from the gateway itself, out of its list of models; no provider is asked and nothing is decided",
      ];
    case "refused": {
      const { status, code, message, param, clause, remedy } = answer;
      return [
        ...wrapped(`${status} ${code}: ${message}`, { hang: 2 }),
        ...(param === null ? [] : [`  param   ${param}`]),
        ...(clause === "none" ? [] : [`  clause  ${clause}`]),
        ...(remedy === null ? [] : wrapped(`remedy  ${remedy}`, { indent: 2, hang: 8 })),
      ];
    }
    case "sent": {
      const { deployment, alternates, handOver } = answer;
      const others = alternates.length === 0 ? "" : ` (or ${alternates.map(({ id }) => id).join(", ")})`;
      const moved = handOver.length === 0 ? "" : `, once ${handOver.join(", ")} is handed over to it`;
      return wrapped(`sent to ${deployment.id}${others}${moved}; every deployment taken as up`);
    }
  }
}

function recordedLines({ logged: { requestId, answer, completion } }: CallRecorded): readonly string[] {
  const { operation, model, partner, seller, effectiveAt, agreement, digest } = answer;
  const rows = [
    ["call", `${operation}${model === null ? "" : ` for ${model}`}, from ${partner}, sold by ${seller}`],
    [
      "decided",
      `${answer.workload} by ${answer.clauses.join(", ")}, on ${effectiveAt} under ${agreement}, digest ${digest.slice(0, 12)}`,
    ],
    [
      "served",
      `${answer.provider}/${answer.region}, ${answer.outcome} ${answer.httpStatus}${answer.streamed ? ", streamed" : ""}`,
    ],
    ["used", usageText(answer)],
    ["charged", chargeText(answer)],
    ...(completion === null
      ? []
      : [["completed", `${completion.outcome}, ${usageText(completion)}, ${chargeText(completion)}`]]),
  ];
  return [requestId, ...table(rows)];
}

function usageText({ usage }: LoggedRow): string {
  if (usage.source === "none") return "nothing reported";
  const parts = [
    ["input", usage.inputTokens],
    ["cached", usage.cachedInputTokens],
    ["output", usage.outputTokens],
    ["reasoning", usage.reasoningTokens],
    ["trained", usage.trainedTokens],
  ] as const;
  const known = parts.flatMap(([name, tokens]) => (tokens === null ? [] : [`${grouped(tokens)} ${name}`]));
  return `${known.join(", ")} tokens (${usage.source})`;
}

function chargeText({ charge: { kind, totalPicoUsd, priceVersion } }: LoggedRow): string {
  if (totalPicoUsd === null) return kind;
  return `${formatUsdExact(totalPicoUsd)} USD (simulated) at ${priceVersion ?? "no version"}`;
}

function comparisonText({ comparison, under }: CallRecorded, digest: string): string {
  const { sameDigest, sameDecision, differences } = comparison;
  if (sameDecision === null) return "too little was recorded of this call to decide it anew";
  const other =
    under.own === null
      ? "the policy has another digest now"
      : "the policy that was asked for has another digest";
  const table = sameDigest
    ? "the policy has the digest that the call was decided under"
    : `${other}, ${digest.slice(0, 12)}`;
  if (sameDecision) return `${table}; the decision is the same`;
  return `${table}; the decision would differ: ${differences.join("; ")}`;
}

/** What it was decided anew under, and how to ask for what it ran under where that is something else. */
function termsText({ under, logged }: CallRecorded, { contractDate, reading, shares }: Terms): string {
  const { effectiveAt } = logged.answer;
  const day = contractDate === effectiveAt ? "the date of the call" : "not the date of the call";
  const by = {
    recorded: `its reading ${reading}`,
    named: `reading ${reading} as asked`,
    usual: `reading ${reading}, since none here has the digest of the record`,
  };
  const { own } = under;
  const then = [
    ...(contractDate === effectiveAt ? [] : [`--date ${effectiveAt}`]),
    ...(own === null || own.reading === reading ? [] : [`--reading ${own.reading}`]),
    ...(own === null || own.shares === shares
      ? []
      : [own.shares === null ? "no --shares" : `--shares ${own.shares}`]),
  ];
  const hint = then.length === 0 ? "" : `; as it was then: ${then.join(" ")}`;
  return `decided anew as of ${contractDate}, ${day}, under ${by[under.reading]}${hint}`;
}
