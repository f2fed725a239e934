/**
 * What is measured. Cells of a wave run side by side, so a wave must not ask for more than the machine has: 70 worker
 * processes and about 100 calls per second fit two cores.
 */
import type { Cell } from "./cell.ts";

/** `smoke`: everything of `standard` for a few seconds; its numbers mean nothing, but does it run? */
export type Extent = "smoke" | "quick" | "standard" | "full";

export type Wave = { readonly cells: readonly PlottedCell[] };
/** Cells under equal conditions share a panel of the plot. */
export type PlottedCell = Cell & { readonly panel?: string };

type Conditions = Omit<PlottedCell, "id" | "policy" | "form">;
type Contender = Pick<Cell, "policy" | "form">;

const single = { policy: "ours", form: "single" } as const;
const pair = { policy: "ours", form: "pair" } as const;
const sdk = { policy: "retell-sdk", form: "single" } as const;
const flexible = { policy: "rate-limiter-flexible", form: "single" } as const;
const split = { policy: "bottleneck", form: "single" } as const;
const asPair = (contender: Contender) => ({ ...contender, form: "pair" }) as const;

const countings = ["token-bucket", "sliding-log", "fixed-window"] as const;
const everybody = [single, pair, sdk, flexible, split];

/** How much an unknown limit's ceiling lies above it. */
const CEILING = 5;

export function waves(extent: Extent): readonly Wave[] {
  const planned = { smoke, quick, standard, full }[extent]();
  let number = 0;
  return planned.map((cells) => ({ cells: cells.map((cell) => ({ ...cell, id: `bench-${++number}` })) }));
}

type Planned = readonly (readonly Omit<PlottedCell, "id">[])[];

function smoke(): Planned {
  return standard().map((cells) =>
    cells.map((cell) => ({ ...cell, workers: Math.min(3, cell.workers), seconds: 6, warmUpSeconds: 2 })),
  );
}

function quick(): Planned {
  return [
    [
      ...known({ counting: "token-bucket", seconds: 50, panel: "token bucket" }, everybody),
      ...known({ counting: "sliding-log", seconds: 50, panel: "sliding log" }, [single]),
      ...killed({ seconds: 70, counting: "token-bucket" }, [single]),
    ],
    unknown({ counting: "sliding-log", seconds: 100, panel: "sliding log, limit unknown" }, [single, pair]),
  ];
}

function standard(): Planned {
  const seconds = 70;
  return [
    known({ counting: "token-bucket", seconds, panel: "token bucket" }, [
      ...everybody,
      asPair(sdk),
      asPair(flexible),
    ]),
    [...known({ counting: "sliding-log", seconds, panel: "sliding log" }, everybody), ...fewWorkers(seconds)],
    [
      ...known({ counting: "fixed-window", seconds, panel: "fixed window" }, everybody),
      ...killed({ counting: "token-bucket", seconds, panel: "3 of 10 workers killed" }, [single, pair]),
    ],
    [
      ...countings.flatMap((counting) => unknown({ counting, seconds: 180 }, [single])),
      ...unknown({ counting: "sliding-log", seconds: 180 }, [pair]),
      ...unknown({ counting: "token-bucket", seconds: 180, workers: 2, limit: 2, ceiling: 2 * CEILING }, [
        single,
      ]),
      ...halved({ counting: "token-bucket", seconds: 180 }, [single]),
      ...halved({ counting: "sliding-log", seconds: 180, panel: "limit unknown, then halved" }, [
        single,
        pair,
        flexible,
      ]),
    ],
    manyWorkers({ counting: "token-bucket", seconds: 100 }, [single, pair]),
    manyWorkers({ counting: "token-bucket", seconds: 100 }, [sdk, flexible, split]),
    [
      ...manyWorkers({ counting: "sliding-log", seconds: 100 }, [single]),
      ...killed({ counting: "token-bucket", seconds: 100, workers: 50, limit: 50, ceiling: 50 }, [single]),
    ],
  ];
}

/** Everything against every provider, three times as long, with less side by side. */
function full(): Planned {
  const seconds = 180;
  return [
    ...countings.map((counting) => known({ counting, seconds, panel: panelOf(counting) }, everybody)),
    ...countings.map((counting) => known({ counting, seconds }, everybody.map(asPair).slice(2))),
    fewWorkers(seconds),
    ...countings.map((counting) => unknown({ counting, seconds: 240 }, [single, pair])),
    ...countings.map((counting) =>
      halved(
        {
          counting,
          seconds: 240,
          ...(counting === "sliding-log" && { panel: "limit unknown, then halved" }),
        },
        [single, pair, flexible],
      ),
    ),
    ...countings.map((counting) => killed({ counting, seconds }, [single, pair])),
    ...countings.flatMap((counting) =>
      [[single], [pair], [sdk], [flexible, split]].map((who) => manyWorkers({ counting, seconds }, who)),
    ),
    ...countings.map((counting) =>
      manyWorkers({ counting, seconds, limit: 10, ceiling: 10 }, [single, pair, flexible]),
    ),
    ...countings.map((counting) => manyWorkers({ counting, seconds: 240, ceiling: 250 }, [single])),
    ...countings.map((counting) =>
      killed({ counting, seconds, workers: 50, limit: 50, ceiling: 50 }, [single]),
    ),
  ];
}

function panelOf(counting: Cell["counting"]): string {
  return counting.replace("-", " ");
}

type Some = Pick<Conditions, "counting" | "seconds"> & Partial<Conditions>;

function known(conditions: Some, contenders: readonly Contender[]): Omit<PlottedCell, "id">[] {
  const usual = { workers: 10, limit: 10, ceiling: 10, network: "far" } as const;
  // Our limiter meets each provider for the first time: it begins at 2 per second, and in the model it comes to 10 within
  // 30 s and to 50 within 60 s.
  const warmUpSeconds = (conditions.limit ?? usual.limit) > 10 ? 60 : 30;
  return contenders.map((contender) => ({ ...usual, warmUpSeconds, ...conditions, ...contender }));
}

function unknown(conditions: Some, contenders: readonly Contender[]): Omit<PlottedCell, "id">[] {
  // A minute to find the limit in: what that costs is told apart.
  return known({ ceiling: 10 * CEILING, warmUpSeconds: 60, ...conditions }, contenders);
}

function halved(conditions: Some, contenders: readonly Contender[]): Omit<PlottedCell, "id">[] {
  return unknown({ event: "limit-halved", ...conditions }, contenders);
}

/** Without delays of a network, so that what arrives is what was sent, and the provider's log shows the bound. */
function killed(conditions: Some, contenders: readonly Contender[]): Omit<PlottedCell, "id">[] {
  return known({ event: "workers-killed", network: "near", ...conditions }, contenders);
}

function fewWorkers(seconds: number): Omit<PlottedCell, "id">[] {
  const slow = { counting: "token-bucket", seconds, workers: 2, limit: 2, ceiling: 2 } as const;
  return [
    ...known(slow, [single, pair, sdk]),
    ...known({ counting: "token-bucket", seconds, workers: 2 }, [single, pair]),
  ];
}

function manyWorkers(conditions: Some, contenders: readonly Contender[]): Omit<PlottedCell, "id">[] {
  return known({ workers: 50, limit: 50, ceiling: 50, ...conditions }, contenders);
}
