/**
 * The CDK app: context in, CloudFormation template out. Runs under the CDK CLI (`cdk synth`) and by itself
 * (`node infra/app.ts` with `CDK_OUTDIR` and `CDK_CONTEXT_JSON`); needs neither an AWS account nor Docker nor a network.
 */
import { Annotations, App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { ConfigurationError, parseConnections } from "../shared/platform/config.ts";
import { baseUrlWarnings, requireFittingOptions } from "../shared/providers/connection-notes.ts";
import { TestCaseSyncStack } from "./test-case-sync-stack.ts";

try {
  const app = new App({
    analyticsReporting: false,
    // The CDK CLI sets this too: it tells where in the output folder each function's bundle lies.
    context: { "aws:cdk:enable-asset-metadata": true },
  });
  const connections = parseConnections(app.node.tryGetContext("connections"));
  requireFittingOptions(connections);
  const stack = new TestCaseSyncStack(app, "test-case-sync", { connections });
  for (const warning of baseUrlWarnings(connections)) {
    Annotations.of(stack).addWarningV2("test-case-sync:base-url", warning);
  }
  // Off for the local stack, which starts faster without. On the command line the value arrives as text.
  if (String(app.node.tryGetContext("nag")) !== "false") {
    // The acknowledged findings and their reasons go into the template, for whoever audits the deployed stack.
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { writeSuppressionsToCloudFormation: true }));
  }
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
