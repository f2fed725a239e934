/** The template's schedules. */
import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import { localAccountId } from "../engines/local-endpoint.ts";
import { type References, resourcesOfType, type Template, TemplateError } from "../template/template.ts";
import type { LocalFunctions } from "./local-functions.ts";
import { parseSchedule } from "./schedule-expression.ts";
import type { ScheduledInvocation } from "./schedules.ts";

const scheduleProperties = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z._default(z.enum(["UTC", "Etc/UTC"]), "UTC"),
  State: z._default(z.enum(["ENABLED", "DISABLED"]), "ENABLED"),
  Target: z.object({ Arn: z.string(), Input: z.optional(z.string()) }),
});

/** @param report takes one line about a run that failed */
export function readSchedules(
  template: Template,
  references: References,
  functions: LocalFunctions,
  region: string,
  report: (line: string) => void,
): ScheduledInvocation[] {
  return resourcesOfType(template, "AWS::Scheduler::Schedule", scheduleProperties, references)
    .filter(({ properties }) => properties.State === "ENABLED")
    .map(({ logicalId, properties: { ScheduleExpression, Target } }) => {
      const target = functions.named(Target.Arn);
      if (Target.Input?.includes("<aws.scheduler.")) {
        throw new TemplateError(`${logicalId} uses context attributes in its input, which are not known`);
      }
      const input = Target.Input === undefined ? undefined : JSON.parse(Target.Input);
      return {
        name: logicalId,
        schedule: parseSchedule(ScheduleExpression),
        async run() {
          const result = await target.invoke(input ?? scheduledEvent(logicalId, region, new Date()));
          if (!result.ok) report(`the scheduled run of ${target.name} failed: ${result.errorType}`);
        },
      };
    });
}

/** What EventBridge Scheduler sends where a schedule has no input. */
function scheduledEvent(name: string, region: string, at: Date): object {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: localAccountId,
    time: at.toISOString().replace(/\.\d+Z$/, "Z"),
    region,
    resources: [`arn:aws:scheduler:${region}:${localAccountId}:schedule/default/${name}`],
    detail: "{}",
  };
}
