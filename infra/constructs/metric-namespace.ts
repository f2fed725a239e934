/** The CloudWatch namespace of the system's own metrics (`shared/platform/metrics.ts`): written by the functions, read by alarms. */
export const metricNamespace = "TestCaseSync";
