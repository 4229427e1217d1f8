/**
 * The payments function: charges a card, or refunds a charge, for the workflow that invokes it. Once a day, a
 * schedule starts it to compare the charges with the provider's books.
 *
 * Input:  { action: "charge", charge_key, amount_cents, card_token }, { action: "refund", charge_key } or
 *         { action: "reconcile" }
 * Result: { outcome: "charged" | "declined" | "refunded" | "reconciled", reference?, reason? }
 *
 * A decline is a result, so the invoking workflow continues and undoes the order. If the input is invalid, or
 * the provider does not respond, the execution fails, and the workflow gets an InvokeError.
 */
import { createRetryStrategy, withDurableExecution } from "@aws/durable-execution-sdk-js";
import * as provider from "./provider.mjs";

const retryStrategy = createRetryStrategy({ maxAttempts: 4, initialDelay: { seconds: 1 } });

// A step runs at least once: after a crash between the charge and its checkpoint, it runs again. The key
// comes from the order, so that neither the repeat nor a second execution of the same order charges again.
const actions = {
  charge: (request, context) =>
    context.step(
      "charge",
      ({ attempt }) =>
        provider.charge({
          idempotencyKey: `${request.charge_key}/charge`,
          amountCents: request.amount_cents,
          cardToken: request.card_token,
          attempt,
        }),
      { retryStrategy },
    ),
  refund: (request, context) =>
    context.step(
      "refund",
      () => provider.refund({ idempotencyKey: `${request.charge_key}/refund` }),
      { retryStrategy },
    ),
  reconcile: (_request, context) =>
    context.step("reconcile", () => provider.reconcile(), { retryStrategy }),
};

export const handler = withDurableExecution(async (request, context) => {
  check(request);
  const result = await actions[request.action](request, context);
  context.logger.info({ message: "payment answered", action: request.action, ...result });
  return result;
});

function check({ action, charge_key, amount_cents, card_token }) {
  const problems = [];
  if (!Object.hasOwn(actions, action)) {
    problems.push(`action is ${JSON.stringify(action)}, must be "charge", "refund" or "reconcile"`);
  }
  if (action !== "reconcile" && (typeof charge_key !== "string" || !charge_key)) problems.push("charge_key must be text");
  if (action === "charge") {
    if (!Number.isSafeInteger(amount_cents) || amount_cents < 1) {
      problems.push(`amount_cents is ${JSON.stringify(amount_cents)}, must be a whole number from 1`);
    }
    if (typeof card_token !== "string" || !card_token) problems.push("card_token must be text");
  }
  if (problems.length) throw new TypeError(problems.join("; "));
}
