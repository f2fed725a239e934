/** The template's functions as pools of local processes. */
import { join } from "node:path";
import * as z from "zod/mini";
import {
  jsonOutputOf,
  type References,
  resourcesOfType,
  type Template,
  TemplateError,
} from "../template/template.ts";
import { FunctionPool } from "./function-pool.ts";
import type { FunctionSettings } from "./function-process.ts";

/** A function never has more processes than this here, whatever the template allows on AWS. */
const localMaximumProcesses = 16;

const functionProperties = z.object({
  Handler: z.string(),
  Runtime: z.string().check(z.startsWith("nodejs")),
  /** Seconds; Lambda's own defaults. */
  Timeout: z._default(z.number(), 3),
  MemorySize: z._default(z.number(), 128),
  Environment: z._default(z.object({ Variables: z.record(z.string(), z.string()) }), { Variables: {} }),
});

export type FunctionPlace = {
  /** The folder that asset paths are relative to. */
  readonly assetFolder: string;
  readonly logFolder: string;
  readonly region: string;
  /** `AWS_ENDPOINT_URL_…`: the only way in which a function learns that it runs locally. */
  readonly endpoints: Readonly<Record<string, string>>;
};

export class LocalFunctions {
  readonly #byName: ReadonlyMap<string, FunctionPool>;

  /** @param byName pools by the functions' physical names */
  constructor(byName: ReadonlyMap<string, FunctionPool>) {
    this.#byName = byName;
  }

  get all(): readonly FunctionPool[] {
    return [...this.#byName.values()];
  }

  /**
   * The function that a template's property names: by name, by ARN, or by the ARN under which API Gateway invokes it.
   * @throws {TemplateError} if it is none of the functions that run here
   */
  named(reference: string): FunctionPool {
    const name = /:function:([^:/]+)/.exec(reference)?.[1] ?? reference;
    const pool = this.#byName.get(name);
    if (pool === undefined) throw new TemplateError(`the function ${reference} does not run here`);
    return pool;
  }
}

/** @param concurrency of the event sources of a function, by its physical name; absent without event sources */
export function createFunctions(
  template: Template,
  references: References,
  place: FunctionPlace,
  concurrency: ReadonlyMap<string, number>,
  onProcessesChanged: () => void,
): LocalFunctions {
  const shortNames = new Map(
    Object.entries(jsonOutputOf(template, "FunctionNames", references)).map(([short, name]) => [name, short]),
  );
  const pools = resourcesOfType(template, "AWS::Lambda::Function", functionProperties, references).map(
    ({ logicalId, properties, metadata }) => {
      const functionName = references.ref(logicalId);
      const assetPath = metadata["aws:asset:path"];
      if (typeof assetPath !== "string")
        throw new TemplateError(`${logicalId} does not say where its bundle is`);
      const shortName = shortNames.get(functionName);
      if (shortName === undefined) throw new TemplateError(`${logicalId} is not in the output FunctionNames`);
      const settings: FunctionSettings = {
        name: shortName,
        taskRoot: join(place.assetFolder, assetPath),
        handler: properties.Handler,
        functionArn: references.attribute(logicalId, "Arn"),
        environment: lambdaEnvironment(functionName, properties, place),
        timeoutMs: properties.Timeout * 1_000,
        logFile: join(place.logFolder, `${shortName}.log`),
      };
      const maximum = Math.min(concurrency.get(functionName) ?? localMaximumProcesses, localMaximumProcesses);
      return [functionName, new FunctionPool(settings, maximum, onProcessesChanged)] as const;
    },
  );
  return new LocalFunctions(new Map(pools));
}

/** What the template says, and what Lambda adds ("Defined runtime environment variables"). */
function lambdaEnvironment(
  functionName: string,
  { Handler, Runtime, MemorySize, Environment }: z.infer<typeof functionProperties>,
  { region, endpoints }: FunctionPlace,
): Record<string, string> {
  return {
    ...Environment.Variables,
    ...endpoints,
    _HANDLER: Handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    // The engines accept any.
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_EXECUTION_ENV: `AWS_Lambda_${Runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
  };
}
