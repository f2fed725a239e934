/**
 * Who calls the API? The answer is always "authorized", with the caller's subject and role or with the role `none`:
 * HTTP APIs answer a refused request themselves, with a body of their own shape and without saying why. So the API's
 * function answers 401 and 403, as problem+json like every other error, and lets nobody in who has no role.
 * A secret that cannot be read is an error (500): it must not look like a wrong token.
 */
import { callerWith, parseApiTokens } from "../../shared/access/api-tokens.ts";
import type { SecretCache } from "../../shared/platform/secret-cache.ts";

/** What we read of an authorizer event, payload format 2.0; header names are in lower case. */
export type AuthorizerEvent = { readonly headers?: Readonly<Record<string, string | undefined>> };

export type AuthorizerResult = {
  readonly isAuthorized: true;
  readonly context: { readonly subject: string; readonly role: string } | { readonly role: "none" };
};

export type AuthorizeDependencies = { readonly secrets: SecretCache; readonly tokensArn: string };

/** RFC 6750's token characters. Two headers arrive as one with a comma in it, and match nothing. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]{1,1024}=*)$/i;

export function createHandler({ secrets, tokensArn }: AuthorizeDependencies) {
  return async (event: AuthorizerEvent): Promise<AuthorizerResult> => {
    const token = BEARER.exec(event.headers?.["authorization"] ?? "")?.[1];
    const caller = token && callerWith(token, parseApiTokens((await secrets.get(tokensArn)).text));
    return { isAuthorized: true, context: caller || { role: "none" } };
  };
}
