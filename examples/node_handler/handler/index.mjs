/**
 * Onboards a new user: sends a welcome, and a tip on each of the next days until the user turns tips off.
 *
 * Input:  { user: "ada", tips?: 3 }
 * Result: { user, sent: ["welcome", "tip-1", ...], stopped: false }
 */
import { createRetryStrategy, withDurableExecution } from "@aws/durable-execution-sdk-js";
import * as mail from "./mail.mjs";

const retryStrategy = createRetryStrategy({ maxAttempts: 5, initialDelay: { seconds: 1 } });
const DAY = { seconds: Number(process.env.SECONDS_PER_DAY) };

export const handler = withDurableExecution(async ({ user, tips = 3 }, context) => {
  if (typeof user !== "string" || !user) throw new TypeError(`user is ${JSON.stringify(user)}, must be text`);
  const sent = [];

  // A step runs at least once. By the key, the mail service recognizes a repeat, so that nobody gets a mail twice.
  const send = async (subject) => {
    await context.step(
      `send-${subject}`,
      ({ attempt }) => mail.send({ user, subject, idempotencyKey: `${user}/${subject}`, attempt }),
      { retryStrategy },
    );
    sent.push(subject);
  };

  await send("welcome");
  for (let day = 1; day <= tips; day += 1) {
    await context.wait(`day-${day}`, DAY);
    // The answer may change, so this is a step: a replay must see the same answer.
    const wanted = await context.step(`wants-tips-${day}`, () => mail.wantsTips({ user, day }), { retryStrategy });
    if (!wanted) return { user, sent, stopped: true };
    await send(`tip-${day}`);
  }
  context.logger.info({ message: "onboarding ends", user });
  return { user, sent, stopped: false };
});
