/**
 * The accounts, and what each one means. Debits are positive, credits negative; every transaction sums to zero.
 *
 * - `recv:<seller>:<partner>`      what the customers of a partner owe the seller (party `customer`). Debited with the
 *                                  whole charge of a call.
 * - `share:<clause>:<payee>`       what a money clause gives a party other than the seller. Credited.
 * - `retained:<seller>:<partner>`  what is left to the seller of the sales through that partner. Credited.
 *
 * - `hosting:<payer>:<provider>`   what serving calls costs the payer. Debited with the hosting fee, a transaction apart.
 * - `fee:<provider>:<payee>`       what the owner of the provider earns by it. Credited.
 *
 * A close moves what a month gave to what is to be paid, for each pair of parties (`-hosting` for fees, never mixed with shares):
 *
 * - `payable:<payer>:<payee>`      what the payer owes of the month. Credited from the shares; zero after the close.
 * - `netted:<payer>:<payee>`       what was set off against a debt the other way. Credited in both directions alike.
 * - `settled:<payer>:<payee>`      what is to be paid, in whole cents. Credited.
 * - `rounding:<payer>:<payee>`     what rounding to cents left, carried to the next month.
 *
 * So the balance of `recv` is gross revenue, and the credits of one call say who holds which part of it. What parties owe
 * each other is put together when a period is closed, on accounts of its own. A call that cannot be priced has no postings:
 * it stands in suspense, counted and listed as unpriced, which an amount of zero would hide.
 */

import type { ClauseId, PartnerId, PartyId, ProviderId } from "../domain/call.ts";

/** The party whose debts the `recv` accounts hold. */
export const CUSTOMER: PartyId = "customer";

/** Returns the account of what the customers of a partner owe the seller. */
export function receivableAccount(seller: PartyId, partner: PartnerId): string {
  return `recv:${seller}:${partner}`;
}

/** Returns the account of what a money clause gives a party other than the seller. */
export function shareAccount(clause: ClauseId, payee: PartyId): string {
  return `share:${clause}:${payee}`;
}

/** Returns the account of what is left to the seller of the sales through a partner. */
export function retainedAccount(seller: PartyId, partner: PartnerId): string {
  return `retained:${seller}:${partner}`;
}

/** Returns the account of what serving calls at a provider costs the payer. */
export function hostingAccount(payer: PartyId, provider: ProviderId): string {
  return `hosting:${payer}:${provider}`;
}

/** Returns the account of what the owner of a provider earns by hosting. */
export function feeAccount(provider: ProviderId, payee: PartyId): string {
  return `fee:${provider}:${payee}`;
}

/** Whether a debt is for shares of revenue or for hosting. */
export type Flow = "share" | "hosting";

/** What a close does with the debt of one party to another. */
export type PairAccount = "payable" | "netted" | "settled" | "rounding";

/** Returns the account of one step of a close between two parties, such as `payable:openai:microsoft` or `netted-hosting:...`. */
export function pairAccount(kind: PairAccount, flow: Flow, payer: PartyId, payee: PartyId): string {
  return `${kind}${flow === "share" ? "" : "-hosting"}:${payer}:${payee}`;
}

/** Whether the account holds a share that a money clause gives away. */
export function isShareAccount(account: string): boolean {
  return account.startsWith("share:");
}

/** Whether the account is one of a hosting fee's two sides. */
export function isHostingAccount(account: string): boolean {
  return account.startsWith("hosting:") || account.startsWith("fee:");
}

/** Whether credits of the account are a party's part of gross revenue. */
export function isPartAccount(account: string): boolean {
  return isShareAccount(account) || account.startsWith("retained:");
}

/** Whether the account holds what a provider's owner earns by hosting. */
export function isFeeAccount(account: string): boolean {
  return account.startsWith("fee:");
}
