/** The options of `npm start`. */
import { parseArgs } from "node:util";
import { StartError } from "./start-error.ts";

export type RateOption = {
  readonly requestsPerSecond: number;
  /** Absent: the connection's own. */
  readonly burst?: number;
};

/** Options that name a connection are maps by its id. */
export type StartOptions = {
  readonly help: boolean;
  /** 0 takes any free port. */
  readonly port: number;
  readonly data: string;
  readonly fresh: boolean;
  readonly demo: boolean;
  /** JSON file with the connections; absent: those of `cdk.json`. */
  readonly config?: string;
  readonly connectionUrls: ReadonlyMap<string, string>;
  readonly rates: ReadonlyMap<string, RateOption>;
  readonly settleSeconds: ReadonlyMap<string, number>;
  readonly callTimeoutSeconds: ReadonlyMap<string, number>;
};

export const usage = `npm start -- [options]

  --port N                    port of the API (default 8787; 0 takes a free one)
  --data FOLDER               where everything is kept (default .local)
  --fresh                     start from an empty data folder
  --no-demo                   no demo definitions and requests, and no connections beside the configured ones
  --config FILE               connections from a JSON file instead of cdk.json
  --connection-url ID=URL     send a connection to this base URL; its simulator is not started
  --rate ID=PER_SECOND[:BURST]  a connection's rate limit for this run
  --settle ID=SECONDS         a connection's settle time for this run
  --call-timeout ID=SECONDS   a connection's deadline of a provider call for this run
  --help                      this text

Options that name a connection may be given once for each.`;

/** @throws {StartError} naming the option and what it takes */
export function parseOptions(args: readonly string[]): StartOptions {
  const { values } = parse(args);
  return {
    help: values.help,
    port: wholeNumber("--port", values.port, 65_535),
    data: nonEmpty("--data", values.data),
    fresh: values.fresh,
    demo: !values["no-demo"],
    ...(values.config === undefined ? {} : { config: nonEmpty("--config", values.config) }),
    connectionUrls: perConnection("--connection-url", "URL", values["connection-url"], (text) => text),
    rates: perConnection("--rate", "REQUESTS_PER_SECOND[:BURST]", values.rate, rateOf),
    settleSeconds: perConnection("--settle", "SECONDS", values.settle, numberOf),
    callTimeoutSeconds: perConnection("--call-timeout", "SECONDS", values["call-timeout"], numberOf),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        help: { type: "boolean", short: "h", default: false },
        port: { type: "string", default: "8787" },
        data: { type: "string", default: ".local" },
        fresh: { type: "boolean", default: false },
        "no-demo": { type: "boolean", default: false },
        config: { type: "string" },
        "connection-url": { type: "string", multiple: true, default: [] },
        rate: { type: "string", multiple: true, default: [] },
        settle: { type: "string", multiple: true, default: [] },
        "call-timeout": { type: "string", multiple: true, default: [] },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node's first sentence names the option; the rest advises about option syntax in general.
    const reason = error.message.split(/\. |\n/)[0];
    throw new StartError(`${reason} (see npm start -- --help)`);
  }
}

function perConnection<T>(
  option: string,
  shape: string,
  given: readonly string[],
  read: (text: string) => T | undefined,
): ReadonlyMap<string, T> {
  const values = new Map<string, T>();
  for (const text of given) {
    const separator = text.indexOf("=");
    const id = text.slice(0, separator);
    const value =
      separator < 1 || text.length === separator + 1 ? undefined : read(text.slice(separator + 1));
    if (value === undefined) throw new StartError(`${option} takes ID=${shape}, not "${text}"`);
    if (values.has(id)) throw new StartError(`${option} is given twice for connection "${id}"`);
    values.set(id, value);
  }
  return values;
}

function rateOf(text: string): RateOption | undefined {
  const [rate = "", burst, ...rest] = text.split(":");
  const requestsPerSecond = numberOf(rate);
  if (requestsPerSecond === undefined || rest.length > 0) return undefined;
  if (burst === undefined) return { requestsPerSecond };
  return /^[0-9]{1,6}$/.test(burst) ? { requestsPerSecond, burst: Number(burst) } : undefined;
}

/** A plain decimal number, not negative; the schema of the connections checks its range. */
function numberOf(text: string): number | undefined {
  return /^[0-9]{1,9}(\.[0-9]{1,9})?$/.test(text) ? Number(text) : undefined;
}

function wholeNumber(option: string, text: string, max: number): number {
  const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= max))
    throw new StartError(`${option} takes a whole number from 0 to ${max}, not "${text}"`);
  return number;
}

function nonEmpty(option: string, text: string): string {
  if (text === "") throw new StartError(`${option} must not be empty`);
  return text;
}
