/** The three bearer tokens of a local stack: made once, kept in the data folder, stored in the secret as hashes. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as z from "zod/mini";
import { apiTokenEntry } from "../../../shared/access/api-tokens.ts";
import { roles } from "../../../shared/access/role.ts";

const hex = z.string().check(z.regex(/^[0-9a-f]+$/));
const tokenSchema = z.object({ token: z.string(), salt: hex });
const fileSchema = z.object({ reader: tokenSchema, editor: tokenSchema, operator: tokenSchema });

export type ApiTokens = z.infer<typeof fileSchema>;

/** Reads the tokens of an earlier start from `file`, or makes them and keeps them there for their owner only. */
export function keepApiTokens(file: string): ApiTokens {
  if (existsSync(file)) return fileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const tokens = fileSchema.parse(Object.fromEntries(roles.map((role) => [role, randomToken(role)])));
  writeFileSync(file, `${JSON.stringify(tokens, undefined, 2)}\n`, { mode: 0o600 });
  return tokens;
}

function randomToken(role: string): z.infer<typeof tokenSchema> {
  return { token: `${role}-${randomBytes(24).toString("base64url")}`, salt: randomBytes(16).toString("hex") };
}

/** The value of the API tokens' secret. */
export function apiTokensSecret(tokens: ApiTokens): string {
  return JSON.stringify({
    tokens: roles.map((role) => {
      const { token, salt } = tokens[role];
      return apiTokenEntry(token, { subject: `local-${role}`, role }, salt);
    }),
  });
}
