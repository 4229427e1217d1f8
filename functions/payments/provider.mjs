/**
 * The payment provider, simulated; a real deployment calls its own here and keeps the signatures.
 *
 * Like a provider's test cards, some tokens ask for an outcome:
 *   tok_declined   the bank declines, for good
 *   tok_flaky      the first attempt's answer is lost: the step is retried
 *   tok_down       the provider never answers: the retries run out
 *
 * A decline is an answer. Only a breakdown is an exception, so the retry strategy retries every exception.
 */
import { createHash } from "node:crypto";

/** The provider knows a repeat by its key and gives the same reference: nobody pays twice. */
const reference = (kind, idempotencyKey) =>
  `${kind}-${createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 12)}`;

export async function charge({ idempotencyKey, cardToken, attempt }) {
  if (cardToken === "tok_down" || (cardToken === "tok_flaky" && attempt === 1)) {
    throw new Error("the payment provider does not answer");
  }
  if (cardToken === "tok_declined") {
    return { outcome: "declined", reason: "the bank declined the card" };
  }
  return { outcome: "charged", reference: reference("charge", idempotencyKey) };
}

/** Refunds what was charged under the key; does nothing if nothing was. */
export async function refund({ idempotencyKey }) {
  return { outcome: "refunded", reference: reference("refund", idempotencyKey) };
}

/** Compares the day's charges with the provider's books; here, where there are none, they always agree. */
export async function reconcile() {
  return { outcome: "reconciled", reference: reference("reconcile", new Date().toISOString().slice(0, 10)) };
}
