/**
 * The payment provider, simulated; in a real deployment, call your provider and keep the signatures.
 *
 * Like a provider's test cards, some tokens cause a certain outcome:
 *   tok_declined   the bank declines
 *   tok_flaky      the first response is lost: the step is retried
 *   tok_down       the provider never responds: the retries run out
 *
 * A decline is a result. Only a failure is an exception, so the retry strategy retries every exception.
 */
import { createHash } from "node:crypto";

/** The provider recognizes a repeat by its key and returns the same reference: nobody pays twice. */
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
