/**
 * One Lambda function: its bundle, a role of its own that starts with nothing but its own log group, and its alarms.
 * What else it may do is said by `allow`, action by action.
 */
import { join } from "node:path";
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Stats } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { assertFitsLambda } from "./environment-size.ts";
import { esbuildBundle } from "./esbuild-bundle.ts";
import { metricNamespace } from "./metric-namespace.ts";
import { OperatorAlarm } from "./operator-alarm.ts";

const functionsFolder = join(import.meta.dirname, "../../functions");

export interface BundledFunctionProps {
  /** Folder in `functions/`, and the function's name after the stack's. */
  readonly name: string;
  readonly timeout: Duration;
  readonly memoryMiB: number;
  /** Beyond the variables that every function has. */
  readonly environment: Record<string, string>;
  readonly alarmTopic: ITopic;
}

export class BundledFunction extends Construct {
  readonly function: LambdaFunction;
  readonly name: string;
  readonly timeout: Duration;
  private readonly role: Role;
  private readonly environment: Record<string, string> = {};

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    this.name = props.name;
    this.timeout = props.timeout;
    const functionName = `${Stack.of(this).stackName}-${props.name}`;
    const logGroup = new LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${functionName}`,
      // As long as the record of a change request lives.
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // No managed policy: AWSLambdaBasicExecutionRole would allow every log group of the account.
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    this.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn]);

    this.function = new LambdaFunction(this, "Function", {
      functionName,
      code: esbuildBundle(join(functionsFolder, props.name)),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      role: this.role,
      logGroup,
    });
    this.addEnvironment({
      LOG_LEVEL: "INFO",
      POWERTOOLS_SERVICE_NAME: props.name,
      POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
      ...props.environment,
    });
    this.addAlarms(props.alarmTopic);
  }

  /** Gives the function's role exactly these actions on exactly these resources. */
  allow(actions: string[], resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources }));
  }

  /** @throws {ConfigurationError} when the variables no longer fit into what Lambda takes */
  addEnvironment(variables: Record<string, string>): void {
    Object.assign(this.environment, variables);
    assertFitsLambda(this, this.name, this.environment);
    for (const [key, value] of Object.entries(variables)) this.function.addEnvironment(key, value);
  }

  private addAlarms(topic: ITopic): void {
    const period = Duration.minutes(5);
    new OperatorAlarm(this, "Errors", {
      topic,
      runbookSection: `${this.name}/Errors`,
      // Waits and refusals are answers, so an error here is a crash, a timeout or a bundle that does not start.
      meaning: `The function ${this.name} crashed or ran into its timeout.`,
      metric: this.function.metricErrors({ statistic: Stats.SUM, period }),
      threshold: 1,
    });
    new OperatorAlarm(this, "Throttles", {
      topic,
      runbookSection: `${this.name}/Throttles`,
      meaning: `Lambda has refused to start the function ${this.name} for 15 minutes.`,
      metric: this.function.metricThrottles({ statistic: Stats.SUM, period }),
      threshold: 1,
      periods: 3,
    });
  }
}
