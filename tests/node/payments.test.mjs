/** The payments function under the SDK's own runner. Needs `npm ci` here and in functions/payments. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { handler } from "../../functions/payments/index.mjs";

const order = { action: "charge", charge_key: "A-1001", amount_cents: 39800, card_token: "tok_visa" };

const run = async (payload) => {
  // Around each run and not in hooks: Node's test runner loses a test that ends under the fake clock.
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
  try {
    const runner = new LocalDurableTestRunner({ handlerFunction: handler });
    return { execution: await runner.run({ payload }), runner };
  } finally {
    await LocalDurableTestRunner.teardownTestEnvironment();
  }
};

const result = async (payload) => (await run(payload)).execution.getResult();

test("a charge gives its reference, and the same one for the same key", async () => {
  const first = await result(order);
  assert.equal(first.outcome, "charged");
  assert.deepEqual(await result(order), first);
  assert.notEqual((await result({ ...order, charge_key: "A-1002" })).reference, first.reference);
});

test("a decline is a result, not a failure", async () => {
  assert.deepEqual(await result({ ...order, card_token: "tok_declined" }), {
    outcome: "declined",
    reason: "the bank declined the card",
  });
});

test("a lost answer is retried", async () => {
  const { execution, runner } = await run({ ...order, card_token: "tok_flaky" });
  assert.equal(execution.getResult().outcome, "charged");
  assert.equal(runner.getOperation("charge").getStepDetails().attempt, 2);
});

test("a provider that stays silent fails the execution", async () => {
  const { execution } = await run({ ...order, card_token: "tok_down" });
  assert.equal(execution.getStatus(), "FAILED");
  assert.match(execution.getError().errorMessage, /does not answer/);
});

test("a refund needs only the key of the charge", async () => {
  assert.equal((await result({ action: "refund", charge_key: "A-1001" })).outcome, "refunded");
});

test("the schedule's event needs nothing but the action", async () => {
  assert.equal((await result({ action: "reconcile" })).outcome, "reconciled");
});

for (const [payload, problems] of [
  [{}, [/action is undefined/, /charge_key must be text/]],
  [{ ...order, amount_cents: 0, card_token: "" }, [/amount_cents is 0/, /card_token must be text/]],
  [{ ...order, action: "toString" }, [/action is "toString"/]],
]) {
  test(`bad input fails at once with every problem: ${problems.join(" ")}`, async () => {
    const { execution } = await run(payload);
    assert.equal(execution.getStatus(), "FAILED");
    assert.deepEqual(execution.getOperations(), []);
    for (const problem of problems) assert.match(execution.getError().errorMessage, problem);
  });
}
