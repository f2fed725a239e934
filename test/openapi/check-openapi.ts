/**
 * `npm run check-openapi -- --provider NAME --spec FILE`: compares an adapter's requests and its simulator's answers
 * with the provider's published OpenAPI document, and which bodies the simulator takes with those that the document
 * takes. What differs is told; whether the document, the simulator or nobody is wrong, a person decides.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Agent } from "undici";
import type { JsonObject } from "../../shared/platform/json.ts";
import { callsOn, options, worldOf } from "../integration/providers/conformance/check.ts";
import type { ProviderHarness, SimulatedAccount } from "../integration/providers/conformance/harness.ts";
import { retellHarness } from "../integration/providers/conformance/retell-harness.ts";
import { synthflowHarness } from "../integration/providers/conformance/synthflow-harness.ts";
import { telaHarness } from "../integration/providers/conformance/tela-harness.ts";
import { compareBodies } from "./compare-bodies.ts";
import { type OpenApiDocument, readOpenApi } from "./openapi-document.ts";
import { type Exchange, startRecordingProxy } from "./recording-proxy.http.ts";

const harnesses: Readonly<Record<string, ProviderHarness>> = {
  retell: retellHarness,
  tela: telaHarness,
  synthflow: synthflowHarness,
};

const { values } = parseArgs({ options: { provider: { type: "string" }, spec: { type: "string" } } });
const harness = harnesses[values.provider ?? ""];
if (harness === undefined || values.spec === undefined) {
  console.error(`npm run check-openapi -- --provider ${Object.keys(harnesses).join("|")} --spec FILE`);
  process.exit(2);
}
const document = readOpenApi(readFileSync(values.spec, "utf8"));
const account = await harness();
const exchanges = await exchangesWith(account);
const basePath = new URL(account.connection.baseUrl).pathname.replace(/\/$/, "");
const operationOf = ({ method, path }: Exchange) => document.operation(method, path.slice(basePath.length));

const faults = exchanges.flatMap((exchange) => faultsOf(exchange, operationOf(exchange)));
const differences = await bodyDifferences(account, exchanges);
await account.close();

const found = exchanges.filter((exchange) => operationOf(exchange) !== undefined);
const undescribed = exchanges.filter((exchange) => !found.includes(exchange));
console.log(`${found.length} of ${exchanges.length} exchanges are described by the document`);
const missing = new Set(undescribed.map(({ method, path }) => `${method} ${path}`));
if (missing.size > 0) console.log(`not described: ${[...missing].join(", ")}`);
for (const line of [...new Set([...faults, ...differences])]) console.log(`- ${line}`);
process.exitCode = faults.length + differences.length === 0 ? 0 : 1;

/** Every call of the port, and reads and writes of what is not there. */
async function exchangesWith(simulated: SimulatedAccount): Promise<readonly Exchange[]> {
  const { origin, pathname } = new URL(simulated.connection.baseUrl);
  const proxy = await startRecordingProxy(origin);
  const baseUrl = `${proxy.url}${pathname}`.replace(/\/$/, "");
  const dispatcher = new Agent();
  const world = worldOf({ ...simulated, connection: { ...simulated.connection, baseUrl } }, dispatcher);
  const id = simulated.createOutside("known");
  const calls = await callsOn(world, id);
  for (const { run } of calls) await run(world.provider, options);
  for (const { name, run } of calls) {
    // It is deleted by now.
    if (["get", "update", "delete"].includes(name)) await run(world.provider, options).catch(() => undefined);
  }
  await dispatcher.destroy();
  await proxy.close();
  return proxy.exchanges;
}

function faultsOf(
  { query, requestBody, status, answerBody }: Exchange,
  operation: ReturnType<OpenApiDocument["operation"]>,
): readonly string[] {
  if (operation === undefined) return [];
  const { name, queryParameters, requestBody: request, answers } = operation;
  const unknown = [...query.keys()].filter((key) => !queryParameters.includes(key));
  const sent = request === undefined || requestBody === "" ? [] : request(JSON.parse(requestBody));
  const answer = answers.get(status);
  const answered = answer === undefined || answerBody === "" ? [] : answer(JSON.parse(answerBody));
  return [
    ...unknown.map((key) => `${name}: the query parameter ${key} is not described`),
    ...sent.map((fault) => `${name}: in the request, ${fault}`),
    ...(answers.has(status) ? [] : [`${name}: the status ${status} is not described`]),
    ...(answer !== undefined && answerBody === "" && status !== 204
      ? [`${name}: a ${status} without a body, where one is described`]
      : []),
    ...answered.map((fault) => `${name}: in the answer (${status}), ${fault}`),
  ];
}

/** Of the first request of each described operation that has a body; each variant meets a definition of its own. */
async function bodyDifferences(
  simulated: SimulatedAccount,
  seen: readonly Exchange[],
): Promise<readonly string[]> {
  const { connection, apiKey } = simulated;
  const { origin } = new URL(connection.baseUrl);
  const writes = new Map(
    seen
      .filter(({ method }) => ["POST", "PUT", "PATCH"].includes(method))
      .toReversed()
      .map((exchange) => [exchange.method, exchange] as const),
  );
  const differences: string[] = [];
  for (const exchange of writes.values()) {
    const operation = operationOf(exchange);
    if (operation === undefined) continue;
    const { method, path, requestBody } = exchange;
    const send = async (body: JsonObject): Promise<number> => {
      const id = simulated.createOutside("varied");
      const own = method === "POST" ? path : path.replace(/[^/]+$/, id);
      const { status } = await fetch(`${origin}${own}`, {
        method,
        headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return status;
    };
    differences.push(...(await compareBodies(operation, JSON.parse(requestBody) as JsonObject, send)));
  }
  return differences;
}
