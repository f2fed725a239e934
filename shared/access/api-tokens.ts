/**
 * The API's bearer tokens as the secret holds them: whose they are, what they allow, and a salted hash. The tokens
 * themselves are stored nowhere.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import { type Role, roles } from "./role.ts";

/** Who calls, as a token proves it. */
export type Caller = { readonly subject: string; readonly role: Role };

const tokenSchema = z.object({
  subject: z.string().check(z.minLength(1), z.maxLength(256)),
  role: z.enum(roles),
  salt: z.string().check(z.regex(/^([0-9a-f]{2})+$/i, "must be hex")),
  /** Hex SHA-256 of the salt's bytes followed by the token in UTF-8. */
  hash: z.string().check(z.regex(/^[0-9a-f]{64}$/i, "must be 64 hex digits")),
});
const secretSchema = z.object({ tokens: z.array(tokenSchema) });

export type ApiToken = z.infer<typeof tokenSchema>;

/** The secret is not what {@link parseApiTokens} reads. Never quotes it. */
export class ApiTokensError extends Error {
  override name = "ApiTokensError";
}

/** @throws {ApiTokensError} naming where the secret's value is wrong */
export function parseApiTokens(secret: string): readonly ApiToken[] {
  let value: unknown;
  try {
    value = JSON.parse(secret);
  } catch {
    // The engine's message quotes the text, which is the secret.
    throw new ApiTokensError("the secret of the API's tokens is not JSON");
  }
  const parsed = secretSchema.safeParse(value);
  if (parsed.success) return parsed.data.tokens;
  const faults = parsed.error.issues.map(({ path, message }) => `/${path.join("/")} ${message}`);
  throw new ApiTokensError(`the secret of the API's tokens is not valid: ${faults.join("; ")}`);
}

/** What the secret holds of a token; `salt` is hex, and random for each. */
export function apiTokenEntry(token: string, caller: Caller, salt: string): ApiToken {
  return { ...caller, salt, hash: digestOf(token, salt).toString("hex") };
}

/** Whose token this is; `undefined` for one that nobody has. Takes the same time whichever token it is. */
export function callerWith(token: string, tokens: readonly ApiToken[]): Caller | undefined {
  let caller: Caller | undefined;
  for (const { subject, role, salt, hash } of tokens) {
    // No early end: the time must not tell how far down the list a token stands.
    if (timingSafeEqual(digestOf(token, salt), Buffer.from(hash, "hex"))) caller = { subject, role };
  }
  return caller;
}

function digestOf(token: string, salt: string): Buffer {
  return createHash("sha256").update(Buffer.from(salt, "hex")).update(token, "utf8").digest();
}
