/** The template's event source mappings. */
import type { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod/mini";
import { type References, resourcesOfType, type Template, TemplateError } from "../template/template.ts";
import { type EventSource, type EventSourceSettings, startEventSource } from "./event-source.sqs.ts";
import type { LocalFunctions } from "./local-functions.ts";

const mappingProperties = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z._default(z.boolean(), true),
  BatchSize: z._default(z.int().check(z.gte(1), z.lte(10)), 10),
  ScalingConfig: z.optional(z.object({ MaximumConcurrency: z.int() })),
  FunctionResponseTypes: z._default(z.array(z.enum(["ReportBatchItemFailures"])), []),
  FilterCriteria: z.optional(z.unknown()),
  MaximumBatchingWindowInSeconds: z._default(z.number(), 0),
});

export type Mapping = EventSourceSettings & {
  /** Name or ARN. */
  readonly functionReference: string;
};

/** Without `MaximumConcurrency` Lambda scales to a thousand; here the function's own cap holds. */
const unlimited = 1_000;

export function readMappings(template: Template, references: References, region: string): Mapping[] {
  const urls = new Map(
    resourcesOfType(template, "AWS::SQS::Queue", z.object({}), references).map(({ logicalId }) => [
      references.attribute(logicalId, "Arn"),
      references.ref(logicalId),
    ]),
  );
  return resourcesOfType(template, "AWS::Lambda::EventSourceMapping", mappingProperties, references)
    .filter(({ properties }) => properties.Enabled)
    .map(({ logicalId, properties }) => {
      const queueUrl = urls.get(properties.EventSourceArn);
      if (queueUrl === undefined)
        throw new TemplateError(`${logicalId} reads from something that is no queue`);
      if (properties.FilterCriteria !== undefined || properties.MaximumBatchingWindowInSeconds !== 0) {
        throw new TemplateError(`${logicalId} filters or collects messages, which the local stack does not`);
      }
      return {
        functionReference: properties.FunctionName,
        queueUrl,
        queueArn: properties.EventSourceArn,
        region,
        batchSize: properties.BatchSize,
        maximumConcurrency: properties.ScalingConfig?.MaximumConcurrency ?? unlimited,
        reportBatchItemFailures: properties.FunctionResponseTypes.includes("ReportBatchItemFailures"),
      };
    });
}

/** How many invocations the mappings of each function may run at a time, by the function's name. */
export function concurrencyByFunction(mappings: readonly Mapping[]): ReadonlyMap<string, number> {
  const groups = Map.groupBy(mappings, ({ functionReference }) => functionReference.split(":").at(-1) ?? "");
  return new Map(
    [...groups].map(([name, all]) => [
      name,
      all.reduce((sum, { maximumConcurrency }) => sum + maximumConcurrency, 0),
    ]),
  );
}

export function startEventSources(
  sqs: SQSClient,
  mappings: readonly Mapping[],
  functions: LocalFunctions,
  report: (line: string) => void,
): EventSource[] {
  return mappings.map((mapping) =>
    startEventSource(sqs, functions.named(mapping.functionReference), mapping, report),
  );
}
