/** `npm run token -- --subject ana --role editor`: a new bearer token, and the entry of the tokens' secret for it. */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { apiTokenEntry } from "../shared/access/api-tokens.ts";
import { isRole, roles } from "../shared/access/role.ts";

const usage = `npm run token -- --subject NAME --role ${roles.join("|")}`;

try {
  const { subject, role } = parseArgs({
    options: { subject: { type: "string" }, role: { type: "string" } },
  }).values;
  if (!subject) throw new Error("--subject is needed");
  if (!isRole(role)) throw new Error(`--role must be one of ${roles.join(", ")}`);
  const token = randomBytes(32).toString("base64url");
  const entry = apiTokenEntry(token, { subject, role }, randomBytes(16).toString("hex"));
  console.log(`token (shown once): ${token}`);
  console.log(`entry for "tokens" in the secret: ${JSON.stringify(entry)}`);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
  process.exit(1);
}
