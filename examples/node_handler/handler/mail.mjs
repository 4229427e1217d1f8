/**
 * The mail service, which stands for itself here; a program of your own calls yours and keeps the signatures.
 * It loses the first attempt of each welcome, and a user named "busy" turns the tips off on the second day.
 */

export async function send({ user, subject, idempotencyKey, attempt }) {
  if (subject === "welcome" && attempt === 1) throw new Error("the mail service does not answer");
  return { to: user, subject, id: idempotencyKey };
}

export async function wantsTips({ user, day }) {
  return !(user === "busy" && day >= 2);
}
