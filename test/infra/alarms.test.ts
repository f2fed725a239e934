import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { retell, SynthesizedStack } from "./synthesized-stack.ts";

interface Alarm {
  AlarmName: string;
  AlarmDescription: string;
  AlarmActions: string[];
  MetricName: string;
  Namespace: string;
  Dimensions: { Name: string; Value: string }[];
  Statistic: string;
  Period: number;
  EvaluationPeriods: number;
  Threshold: number;
  ComparisonOperator: string;
  TreatMissingData: string;
}

const stack = new SynthesizedStack([retell, { ...retell, id: "retell-eu" }]);
const alarms = stack.resources<Alarm>("AWS::CloudWatch::Alarm").map(({ properties }) => properties);

/** Heading → text, of the runbook's sections for alarms. */
const sections = new Map(
  readFileSync(join(import.meta.dirname, "../../infra/runbook.md"), "utf8")
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section] as const)
    .filter(([heading]) => heading.includes("/")),
);

/** As Markdown viewers make them. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, "")
    .replaceAll(" ", "-");

const alarmOn = (metric: string, dimension: string) =>
  alarms.find(
    ({ MetricName, Dimensions }) =>
      MetricName === metric && Dimensions.some(({ Value }) => Value === dimension),
  );

describe("the alarms", () => {
  test.each(alarms)("$AlarmName wakes somebody and leads to its section of the runbook", (alarm) => {
    expect(alarm.AlarmActions).toEqual(["<Alarms>"]);
    const section = [...sections.keys()].find(
      (heading) =>
        alarm.AlarmName === `test-case-sync/${heading}` ||
        ["retell", "retell-eu"].some((of) => alarm.AlarmName === `test-case-sync/${heading}/${of}`),
    );
    expect(section, `a section "## ${alarm.AlarmName}" without the stack and the connection`).toBeDefined();
    expect(alarm.AlarmDescription).toMatch(/^[A-Z].+\. Runbook: infra\/runbook\.md#[a-z-]+$/);
    expect(alarm.AlarmDescription.split("#")[1]).toBe(anchor(section ?? ""));
  });

  test("every section of the runbook has its alarm and says what it is, how to look, and what to do", () => {
    expect(sections.size).toBeGreaterThan(0);
    for (const [heading, text] of sections) {
      expect(
        alarms.some(({ AlarmName }) => `${AlarmName}/`.startsWith(`test-case-sync/${heading}/`)),
        heading,
      ).toBe(true);
      const parts = text.split(/^### /m).slice(1);
      expect(parts.map((part) => part.split("\n")[0])).toEqual([
        "Description",
        "Investigation",
        "Resolution",
      ]);
      for (const part of parts) expect(part.split("\n").slice(1).join("").trim()).not.toBe("");
    }
  });

  test("each queue rings as soon as a message is in its dead-letter queue, and when one is an hour old", () => {
    const queues = stack.resources<{ RedrivePolicy?: unknown }>("AWS::SQS::Queue");
    const sources = queues.filter(({ properties }) => properties.RedrivePolicy !== undefined);
    const names = ["ChangeRequests", "ReconciliationReconciliations"].flatMap((name) =>
      ["retell", "retelleu"].map((connection) => `${name}${connection}`),
    );
    expect(sources).toHaveLength(names.length);
    for (const name of names) {
      expect(alarmOn("ApproximateNumberOfMessagesVisible", `<${name}DeadLetters.QueueName>`)).toMatchObject({
        Statistic: "Maximum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
      });
      expect(alarmOn("ApproximateAgeOfOldestMessage", `<${name}Queue.QueueName>`)).toMatchObject({
        Statistic: "Maximum",
        Threshold: 3600,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
      });
    }
  });

  test("each function rings at its first error and when it has been throttled for a quarter of an hour", () => {
    const functions = stack.resources("AWS::Lambda::Function");
    expect(functions.length).toBeGreaterThan(3);
    for (const { logicalId } of functions) {
      const name = `<${logicalId.slice(0, -8)}>`;
      expect(alarmOn("Errors", name)).toMatchObject({ Statistic: "Sum", Threshold: 1, EvaluationPeriods: 1 });
      expect(alarmOn("Throttles", name)).toMatchObject({
        Statistic: "Sum",
        Threshold: 1,
        Period: 300,
        EvaluationPeriods: 3,
      });
    }
  });

  test.each(["retell", "retell-eu"])(
    "each thing that %s should not go through rings when it happens once",
    (connection) => {
      const own = alarms.filter(({ Dimensions }) =>
        Dimensions.some(({ Name, Value }) => Name === "connection" && Value === connection),
      );
      expect(own.map(({ MetricName }) => MetricName).sort()).toEqual([
        "ConnectionDegraded",
        "ConnectionPaused",
        "HealStopped",
        "LateEffect",
        "LimiterUnavailable",
        "OtherWorkspace",
        "OutcomeUnknown",
        "ReconciliationAge",
        "RequestLost",
        "RequestStuck",
        "RunHalted",
        "ScopeHalted",
        "SuspectedDuplicate",
      ]);
      const { Environment } = stack.function("apply-change");
      for (const alarm of own.filter(({ MetricName }) => MetricName !== "ReconciliationAge")) {
        expect(alarm).toMatchObject({
          AlarmName: expect.stringMatching(new RegExp(`/${alarm.MetricName}/${connection}$`)),
          // Where the functions write it; a metric is found by exactly these dimensions.
          Namespace: Environment.Variables["POWERTOOLS_METRICS_NAMESPACE"],
          Dimensions: [{ Name: "connection", Value: connection }],
          Statistic: "Sum",
          Period: 300,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: "GreaterThanOrEqualToThreshold",
        });
      }
    },
  );

  const hour = 3_600;
  const staleAlarm = (stack: SynthesizedStack) =>
    stack
      .resources<Alarm>("AWS::CloudWatch::Alarm")
      .map(({ properties }) => properties)
      .find(({ MetricName }) => MetricName === "ReconciliationAge");
  test.each([
    // Not before two hours, then after four intervals.
    ["5 minutes", 2, { EvaluationPeriods: 2, TreatMissingData: "breaching" }],
    ["30 minutes", 2, { EvaluationPeriods: 2, TreatMissingData: "breaching" }],
    ["90 minutes", 6, { EvaluationPeriods: 3, TreatMissingData: "breaching" }],
    ["48 hours", 192, { EvaluationPeriods: 49, TreatMissingData: "breaching" }],
    // CloudWatch looks back seven days: there silence says nothing any more.
    ["200 hours", 800, { EvaluationPeriods: 1, TreatMissingData: "ignore" }],
  ])("with a run every %s it rings after %i hours without a completed one", (every, hours, more) => {
    const age = staleAlarm(new SynthesizedStack([{ ...retell, reconcile: { every } }]));
    expect(age).toMatchObject({
      AlarmName: "test-case-sync/start-reconciliation/ReconciliationAge/retell",
      Namespace: stack.function("start-reconciliation").Environment.Variables["POWERTOOLS_METRICS_NAMESPACE"],
      Dimensions: [{ Name: "connection", Value: "retell" }],
      Statistic: "Minimum",
      Period: hour,
      Threshold: hours * hour * 1_000,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      ...more,
    });
  });

  test("silence is well, but for what runs on a schedule, where it is the alarm", () => {
    const breaching = alarms.filter(({ TreatMissingData }) => TreatMissingData !== "notBreaching");
    const silentFor = (name: string, hours: number) =>
      expect.objectContaining({
        AlarmName: `test-case-sync/${name}/NotRunning`,
        MetricName: "Invocations",
        TreatMissingData: "breaching",
        ComparisonOperator: "LessThanThreshold",
        Threshold: 1,
        Period: 3600,
        EvaluationPeriods: hours,
      });
    const stale = (connection: string) =>
      expect.objectContaining({
        AlarmName: `test-case-sync/start-reconciliation/ReconciliationAge/${connection}`,
      });
    expect(breaching).toEqual([
      stale("retell"),
      stale("retell-eu"),
      silentFor("anchor-history", 26),
      silentFor("sweep-requests", 3),
    ]);
  });

  test("the alarms of this account may publish to the topic, which else would drop them without a sign", () => {
    const allowed = stack.allStatements().filter(({ in: policy }) => policy.startsWith("AlarmsPolicy"));
    expect(allowed).toContainEqual(
      expect.objectContaining({
        Effect: "Allow",
        Action: "sns:Publish",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": "<AWS::AccountId>" } },
      }),
    );
  });
});
