/** Synthesizes the stack without bundles, and reads its template with CloudFormation's references as text. */
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { TestCaseSyncStack } from "../../infra/test-case-sync-stack.ts";
import { parseConnections } from "../../shared/platform/config.ts";

export const retell = { id: "retell", provider: "retell", baseUrl: "https://api.retellai.com" };

/** A resource of the template. `Ref` is `<LogicalId>`, `Fn::GetAtt` is `<LogicalId.Attribute>`, joins are joined. */
export interface Resource<Properties> {
  readonly logicalId: string;
  readonly properties: Properties;
}

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | string[];
  readonly Resource?: string | string[];
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

export interface LambdaFunction {
  readonly FunctionName: string;
  readonly Role: string;
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly Runtime: string;
  readonly Architectures: string[];
  readonly LoggingConfig: { LogGroup: string };
  readonly Environment: { Variables: Record<string, string> };
}

interface CloudFormation {
  readonly Resources: Record<string, { Type: string; Properties?: unknown; DeletionPolicy?: string }>;
  readonly Outputs: Record<string, { Value: unknown }>;
}

export class SynthesizedStack {
  readonly template: CloudFormation;

  /** @param connections as in the CDK context */
  constructor(connections: unknown = [retell]) {
    const app = new App({ context: { "aws:cdk:bundling-stacks": [] }, analyticsReporting: false });
    const stack = new TestCaseSyncStack(app, "test-case-sync", {
      connections: parseConnections(connections),
    });
    this.template = Template.fromStack(stack).toJSON() as CloudFormation;
  }

  /** @param Properties of the type, as far as the caller looks at them */
  resources<Properties>(type: string): Resource<Properties>[] {
    return Object.entries(this.template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => ({ logicalId, properties: asText(resource.Properties) as Properties }));
  }

  /** By its folder in `functions/`. */
  function(name: string): LambdaFunction {
    const found = this.resources<LambdaFunction>("AWS::Lambda::Function").find(
      ({ properties }) => properties.FunctionName === `test-case-sync-${name}`,
    );
    if (found === undefined) throw new Error(`The template has no function ${name}`);
    return found.properties;
  }

  output(name: string): unknown {
    return asText(this.template.Outputs[name]?.Value);
  }

  /** The statements that say what a role may do. */
  statementsOf(role: string): Statement[] {
    return this.resources<{ Roles: string[]; PolicyDocument: { Statement: Statement[] } }>("AWS::IAM::Policy")
      .filter(({ properties }) => properties.Roles.includes(role))
      .flatMap(({ properties }) => properties.PolicyDocument.Statement);
  }

  /** Every policy statement of the template, whatever kind of resource carries it. */
  allStatements(): (Statement & { in: string })[] {
    return Object.entries(this.template.Resources).flatMap(([logicalId, resource]) =>
      statementsIn(asText(resource.Properties)).map((statement) => ({ ...statement, in: logicalId })),
    );
  }
}

/** One or many, as CloudFormation writes lists. */
export function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function statementsIn(value: unknown): Statement[] {
  if (typeof value !== "object" || value === null) return [];
  if ("Effect" in value && "Action" in value) return [value as Statement];
  return Object.values(value).flatMap(statementsIn);
}

function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== "object" || value === null) return value;
  if ("Ref" in value) return `<${withoutHash(String(value.Ref))}>`;
  if ("Fn::GetAtt" in value) {
    const [logicalId, attribute] = value["Fn::GetAtt"] as [string, string];
    return `<${withoutHash(logicalId)}.${attribute}>`;
  }
  if ("Fn::Join" in value) {
    const [separator, parts] = value["Fn::Join"] as [string, unknown[]];
    return parts.map(asText).join(separator);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asText(inner)]));
}

/** CDK ends the logical ids of nested constructs with eight hexadecimal digits. */
function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, "");
}
