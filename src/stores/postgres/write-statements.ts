/** The statements that write a group. A column of the group is one array, so that their number does not depend on its size. */

import type { ClientBase } from "pg";
import { canonicalJson } from "../../ledger/canonical-json.ts";
import type { OpenedCall } from "../../ledger/booked-call.ts";
import { plainArray, textArray } from "./array-text.ts";
import { accountKey } from "./encode.ts";
import { sumCalls, type PlacedCall } from "./group-rows.ts";
import { foldChanges } from "./state-changes.ts";

/** Row ids of what was ensured before. */
interface Ids {
  readonly context: (key: string) => string;
  readonly account: (key: string) => string;
}

/** Writes calls, their parts, what they add to the sums, and notes, by one statement inside the open transaction. */
export async function insertCalls(
  client: ClientBase,
  calls: readonly PlacedCall[],
  notes: readonly OpenedCall[],
  ids: Ids,
): Promise<void> {
  const last = calls.at(-1);
  if (last === undefined) return insertOpened(client, notes);
  const answers = calls.filter(({ booked }) => booked.call.phase === "answer");
  const ended = new Set(answers.map(({ booked }) => booked.call.requestId));
  await client.query({
    name: "insert-calls",
    text: INSERT_CALLS,
    values: [
      String(last.booked.seq),
      ...callColumns(calls, ids),
      ...lineColumns(calls),
      ...postingColumns(calls, ids),
      ...sumColumns(calls, ids),
      ...capColumns(calls),
      // A call that began and ended within the group needs no note.
      ...noteColumns(notes.filter(({ requestId }) => !ended.has(requestId))),
    ],
  });
}

// Data-modifying parts of one statement are all carried out, whether or not anything reads them.
const INSERT_CALLS = `
WITH moved_head AS (UPDATE head SET last_seq = $1::bigint),
calls AS (
  INSERT INTO call
  SELECT seq, request_id, phase, recorded_at_ms, period, context_id, attempts, input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, trained_tokens, requested_tier, charge, unpriced, cut,
    cap_uses, pending_job, state_changes, decode(input_sha256, 'hex')
  FROM unnest($2::bigint[], $3::text[], $4::smallint[], $5::bigint[], $6::text[], $7::bigint[], $8::int[],
    $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[],
    $16::numeric[], $17::boolean[], $18::boolean[], $19::text[], $20::text[], $21::text[], $22::text[])
    AS given (seq, request_id, phase, recorded_at_ms, period, context_id, attempts, input_tokens, cached_input_tokens,
      cache_write_tokens, output_tokens, reasoning_tokens, trained_tokens, requested_tier, charge, unpriced, cut,
      cap_uses, pending_job, state_changes, input_sha256)
),
lines AS (
  INSERT INTO rated_line
  SELECT * FROM unnest($23::bigint[], $24::smallint[], $25::text[], $26::numeric[], $27::numeric[], $28::numeric[])
),
postings AS (
  INSERT INTO posting
  SELECT * FROM unnest($29::bigint[], $30::smallint[], $31::text[], $32::bigint[], $33::numeric[])
),
use_sums AS (
  INSERT INTO use_sum AS known
  SELECT * FROM unnest($34::text[], $35::bigint[], $36::boolean[], $37::bigint[], $38::bigint[],
    $39::numeric[], $40::numeric[], $41::numeric[], $42::numeric[], $43::numeric[], $44::numeric[])
  ON CONFLICT (period, context_id, cut) DO UPDATE SET
    calls = known.calls + excluded.calls,
    completions = known.completions + excluded.completions,
    input_tokens = known.input_tokens + excluded.input_tokens,
    cached_input_tokens = known.cached_input_tokens + excluded.cached_input_tokens,
    output_tokens = known.output_tokens + excluded.output_tokens,
    reasoning_tokens = known.reasoning_tokens + excluded.reasoning_tokens,
    trained_tokens = known.trained_tokens + excluded.trained_tokens,
    gross_pico_usd = known.gross_pico_usd + excluded.gross_pico_usd
),
part_sums AS (
  INSERT INTO part_sum AS known
  SELECT * FROM unnest($45::text[], $46::bigint[], $47::boolean[], $48::bigint[], $49::numeric[])
  ON CONFLICT (period, context_id, cut, account_id)
    DO UPDATE SET amount_pico_usd = known.amount_pico_usd + excluded.amount_pico_usd
),
cap_uses AS (
  INSERT INTO cap_use AS known
  SELECT * FROM unnest($50::text[], $51::text[], $52::text[], $53::numeric[], $54::numeric[])
  ON CONFLICT (clause, span, period, limit_pico_usd)
    DO UPDATE SET granted_pico_usd = known.granted_pico_usd + excluded.granted_pico_usd
),
ended AS (
  DELETE FROM opened USING unnest($3::text[], $4::smallint[]) AS answered (request_id, phase)
  WHERE opened.request_id = answered.request_id AND answered.phase = 0
),
begun AS (
  INSERT INTO opened SELECT * FROM unnest($55::text[], $56::bigint[], $57::text[], $58::text[], $59::text[], $60::text[])
  ON CONFLICT DO NOTHING
)
SELECT`;

function callColumns(calls: readonly PlacedCall[], ids: Ids): readonly string[] {
  const settled = calls.map(({ booked }) => booked.call);
  const tokens = (read: (usage: (typeof settled)[number]["usage"]) => number | null): string =>
    plainArray(settled.map(({ usage }) => read(usage)));
  return [
    plainArray(calls.map(({ booked }) => booked.seq)),
    textArray(settled.map(({ requestId }) => requestId)),
    plainArray(calls.map(({ handedIn }) => handedIn.phase)),
    plainArray(settled.map(({ recordedAtMs }) => recordedAtMs)),
    textArray(calls.map(({ booked }) => booked.period)),
    `{${calls.map(({ handedIn }) => ids.context(handedIn.context)).join(",")}}`,
    plainArray(settled.map(({ attempts }) => attempts)),
    tokens((usage) => usage.inputTokens),
    tokens((usage) => usage.cachedInputTokens),
    tokens((usage) => usage.cacheWriteTokens),
    tokens((usage) => usage.outputTokens),
    tokens((usage) => usage.reasoningTokens),
    tokens((usage) => usage.trainedTokens),
    textArray(settled.map(({ usage }) => usage.requestedTier)),
    plainArray(settled.map(({ charge }) => (charge.kind === "rated" ? charge.totalPicoUsd : null))),
    plainArray(settled.map(({ charge }) => charge.kind === "unpriced")),
    plainArray(calls.map(({ booked }) => booked.cut)),
    textArray(
      calls.map(({ booked }) => (booked.capUses.length === 0 ? null : canonicalJson(booked.capUses))),
    ),
    textArray(settled.map(({ pendingJob }) => pendingJob && canonicalJson(pendingJob))),
    textArray(
      settled.map(({ stateChanges }) => (stateChanges.length === 0 ? null : canonicalJson(stateChanges))),
    ),
    textArray(calls.map(({ handedIn }) => handedIn.inputSha256)),
  ];
}

function lineColumns(calls: readonly PlacedCall[]): readonly string[] {
  const rows = calls.flatMap(({ booked: { seq, call } }) =>
    call.charge.kind === "rated" ? call.charge.lines.map((line, at) => ({ seq, at, ...line })) : [],
  );
  return [
    plainArray(rows.map(({ seq }) => seq)),
    plainArray(rows.map(({ at }) => at)),
    textArray(rows.map(({ unit }) => unit)),
    plainArray(rows.map(({ quantity }) => quantity)),
    plainArray(rows.map(({ unitPricePicoUsd }) => unitPricePicoUsd)),
    plainArray(rows.map(({ amountPicoUsd }) => amountPicoUsd)),
  ];
}

function postingColumns(calls: readonly PlacedCall[], ids: Ids): readonly string[] {
  const rows = calls.flatMap(({ booked: { seq, call } }) =>
    call.transactions
      .flatMap(({ kind, postings }) => postings.map((posting) => ({ kind, posting })))
      .map(({ kind, posting }, at) => ({ seq, at, kind, posting })),
  );
  return [
    plainArray(rows.map(({ seq }) => seq)),
    plainArray(rows.map(({ at }) => at)),
    textArray(rows.map(({ kind }) => kind)),
    `{${rows.map(({ posting }) => ids.account(accountKey(posting))).join(",")}}`,
    plainArray(rows.map(({ posting }) => posting.amount)),
  ];
}

function sumColumns(calls: readonly PlacedCall[], ids: Ids): readonly string[] {
  const sums = sumCalls(calls);
  const accounts = sums.flatMap((sum) =>
    [...sum.accounts].map(([account, amount]) => ({ sum, account: ids.account(account), amount })),
  );
  const tokens = ([0, 1, 2, 3, 4] as const).map((at) => plainArray(sums.map((sum) => sum.tokens[at])));
  return [
    textArray(sums.map(({ period }) => period)),
    `{${sums.map(({ context }) => ids.context(context)).join(",")}}`,
    plainArray(sums.map(({ cut }) => cut)),
    plainArray(sums.map((sum) => sum.calls)),
    plainArray(sums.map(({ completions }) => completions)),
    ...tokens,
    plainArray(sums.map(({ gross }) => gross)),
    textArray(accounts.map(({ sum }) => sum.period)),
    `{${accounts.map(({ sum }) => ids.context(sum.context)).join(",")}}`,
    plainArray(accounts.map(({ sum }) => sum.cut)),
    `{${accounts.map(({ account }) => account).join(",")}}`,
    plainArray(accounts.map(({ amount }) => amount)),
  ];
}

function capColumns(calls: readonly PlacedCall[]): readonly string[] {
  const sums = new Map<
    string,
    { clause: string; span: string; period: string; limit: bigint; granted: bigint }
  >();
  for (const { booked } of calls) {
    for (const { clause, span, limitPicoUsd: limit, grantedPicoUsd } of booked.capUses) {
      const { period } = booked;
      const key = JSON.stringify([clause, span, period, String(limit)]);
      const granted = (sums.get(key)?.granted ?? 0n) + grantedPicoUsd;
      sums.set(key, { clause, span, period, limit, granted });
    }
  }
  const rows = [...sums.values()];
  return [
    textArray(rows.map(({ clause }) => clause)),
    textArray(rows.map(({ span }) => span)),
    textArray(rows.map(({ period }) => period)),
    plainArray(rows.map(({ limit }) => limit)),
    plainArray(rows.map(({ granted }) => granted)),
  ];
}

/** Changes the state directory as the calls say, one after the other. */
export async function changeState(client: ClientBase, calls: readonly PlacedCall[]): Promise<void> {
  const changes = calls.flatMap(({ booked }) => booked.call.stateChanges);
  if (changes.length === 0) return;
  const { registers, moves, drops } = foldChanges(changes);
  if (drops.length > 0) {
    await client.query(
      `DELETE FROM state USING unnest($1::text[], $2::text[]) AS given (partner, id)
       WHERE state.partner = given.partner AND state.id = given.id`,
      [textArray(drops.map(({ partner }) => partner)), textArray(drops.map(({ id }) => id))],
    );
  }
  if (moves.length > 0) {
    await client.query(
      `UPDATE state SET provider = given.provider, region = given.region
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS given (partner, id, provider, region)
       WHERE state.partner = given.partner AND state.id = given.id`,
      [
        textArray(moves.map(({ partner }) => partner)),
        textArray(moves.map(({ id }) => id)),
        textArray(moves.map(({ provider }) => provider)),
        textArray(moves.map(({ region }) => region)),
      ],
    );
  }
  if (registers.length > 0) {
    await client.query(
      `INSERT INTO state
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
       ON CONFLICT (partner, id) DO UPDATE SET kind = excluded.kind, provider = excluded.provider,
         region = excluded.region, expires_at_ms = excluded.expires_at_ms`,
      [
        textArray(registers.map(({ partner }) => partner)),
        textArray(registers.map(({ id }) => id)),
        textArray(registers.map(({ kind }) => kind)),
        textArray(registers.map(({ provider }) => provider)),
        textArray(registers.map(({ region }) => region)),
        plainArray(registers.map(({ expiresAtMs }) => expiresAtMs)),
      ],
    );
  }
}

/** Notes calls under way; one that is noted keeps its note. */
export async function insertOpened(client: ClientBase, notes: readonly OpenedCall[]): Promise<void> {
  if (notes.length === 0) return;
  await client.query({
    name: "insert-opened",
    text: `INSERT INTO opened
      SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
      ON CONFLICT DO NOTHING`,
    values: [...noteColumns(notes)],
  });
}

function noteColumns(notes: readonly OpenedCall[]): readonly string[] {
  return [
    textArray(notes.map(({ requestId }) => requestId)),
    plainArray(notes.map(({ openedAtMs }) => openedAtMs)),
    textArray(notes.map(({ partner }) => partner)),
    textArray(notes.map(({ operation }) => operation)),
    textArray(notes.map(({ provider }) => provider)),
    textArray(notes.map(({ digest }) => digest)),
  ];
}
