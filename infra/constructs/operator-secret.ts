/**
 * A secret whose value a person puts in after the deployment. The template carries only the value that it starts
 * with; as that never changes in the template, no later deployment overwrites what was put in.
 */
import { SecretValue, Validations } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

export interface OperatorSecretProps {
  readonly name: string;
  readonly description: string;
  /** Not a secret: it stands in the template for everyone to read. */
  readonly startsWith: string;
}

export class OperatorSecret extends Secret {
  constructor(scope: Construct, id: string, props: OperatorSecretProps) {
    super(scope, id, {
      secretName: props.name,
      description: props.description,
      secretStringValue: SecretValue.unsafePlainText(props.startsWith),
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SMG4",
      reason:
        "The value comes from outside AWS (a provider's dashboard, an operator); nothing here can rotate it.",
    });
  }
}
