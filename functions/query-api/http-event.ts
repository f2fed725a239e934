/**
 * From an HTTP API event (payload format 2.0) to a `Request`, and from a `Response` to what the gateway takes.
 *
 * Ours and not hono's adapter, which is about to be removed there: it puts the decoded path into a URL as it is, so that
 * an id with `%` or `#` in it would lead elsewhere, and it answers its own errors as plain text.
 */
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** What we read of an event; the gateway sends more. */
export type HttpEvent = {
  /** Percent-decoded by the gateway. */
  readonly rawPath: string;
  /** As it was sent. */
  readonly rawQueryString: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: {
    readonly requestId: string;
    readonly http: { readonly method: string };
    /** Absent on open routes. */
    readonly authorizer?: { readonly lambda?: unknown };
  };
};

/** Larger bodies go in base64: as text inside Lambda's JSON each quote would be escaped, and the size unknown. */
const LARGEST_TEXT_BODY_BYTES = 1024 * 1024;

/** @throws {TypeError | URIError} for what no HTTP client can have sent */
export function requestOf(event: HttpEvent): Request {
  const { method } = event.requestContext.http;
  const path = event.rawPath.split("/").map(encodeURIComponent).join("/");
  const url = new URL(`https://api.invalid${path}`);
  url.search = event.rawQueryString;
  const hasBody = event.body !== undefined && method !== "GET" && method !== "HEAD";
  return new Request(url, {
    method,
    headers: headersOf(event.headers),
    ...(hasBody && { body: Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8") }),
  });
}

export async function resultOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const body = Buffer.from(await response.arrayBuffer());
  const isBase64Encoded = body.length > LARGEST_TEXT_BODY_BYTES;
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: body.toString(isBase64Encoded ? "base64" : "utf8"),
    isBase64Encoded,
  };
}

function headersOf(headers: HttpEvent["headers"]): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    // A `Headers` object takes no characters beyond Latin-1; escaped they are refused where a value is checked.
    if (value !== undefined) result.set(name, value.replace(/[^\x20-\x7e]/gu, encodeURIComponent));
  }
  return result;
}
