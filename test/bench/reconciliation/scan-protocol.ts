/** What the benchmark and its process tell each other. */

export type ScanTask = {
  readonly dynamoDbEndpoint: string;
  readonly region: string;
  readonly providerUrl: string;
};

/** By kind of item, and for the reads by command. */
export type ItemCounts = {
  readonly reads: Readonly<Record<string, number>>;
  readonly writes: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
};

export type ScanReport = ItemCounts & {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the whole process at its worst moment, and before the run was started. */
  readonly peakMiB: number;
  readonly idleMiB: number;
  readonly invocations: number;
  readonly status: string;
  /** What was found, by the names of a run's counts. */
  readonly found: Readonly<Record<string, number>>;
};
