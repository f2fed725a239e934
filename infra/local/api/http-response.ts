/**
 * What an HTTP API makes of a function's answer (payload format 2.0). An answer without `statusCode` is the body
 * of a 200; one with a broken shape is the gateway's own 500.
 */
import * as z from "zod/mini";

export type HttpResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** One `set-cookie` header each. */
  readonly cookies: readonly string[];
  readonly body: Buffer;
};

/** Headers that the gateway sets itself, because they describe its own connection. */
const framing = new Set(["connection", "content-length", "transfer-encoding"]);

const headerValue = z.union([z.string(), z.number(), z.boolean()]);
const responseSchema = z.object({
  statusCode: z.union([z.number(), z.string()]),
  headers: z.optional(z.nullable(z.record(z.string(), headerValue))),
  cookies: z.optional(z.nullable(z.array(z.string()))),
  body: z.optional(z.nullable(z.string())),
  isBase64Encoded: z.optional(z.nullable(z.boolean())),
});

/** The gateway's own answer. */
export function gatewayResponse(status: number, message: string): HttpResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    cookies: [],
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/** @param payload the function's answer as JSON text */
export function functionResponse(payload: string): HttpResponse {
  const answer: unknown = JSON.parse(payload);
  if (typeof answer !== "object" || answer === null || !("statusCode" in answer)) {
    const body = typeof answer === "string" ? answer : payload;
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      cookies: [],
      body: Buffer.from(body),
    };
  }
  const result = responseSchema.safeParse(answer);
  const status = Number(result.data?.statusCode);
  if (!result.success || !Number.isInteger(status) || status < 100 || status > 599) {
    return gatewayResponse(500, "Internal Server Error");
  }
  const { headers, cookies, body, isBase64Encoded } = result.data;
  const given = Object.entries(headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !framing.has(name));
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...Object.fromEntries(given) },
    cookies: cookies ?? [],
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}
