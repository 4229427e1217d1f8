/**
 * The mail service, simulated here. In your own program, call your service and keep the signatures.
 * The first attempt of each welcome fails, and a user named "busy" turns tips off on the second day.
 */

export async function send({ user, subject, idempotencyKey, attempt }) {
  if (subject === "welcome" && attempt === 1) throw new Error("the mail service does not answer");
  return { to: user, subject, id: idempotencyKey };
}

export async function wantsTips({ user, day }) {
  return !(user === "busy" && day >= 2);
}
