/** What the simulation is asked for on the command line. Pure. */
import { parseArgs } from "node:util";

export type RunOptions = {
  /** How many seeds, and the first one. */
  readonly seeds: number;
  readonly from: number;
  /** This one only, told event by event. */
  readonly seed?: number;
  /** So many creates and nothing else, and which part of their answers is lost. */
  readonly creates?: number;
  readonly lost: number;
};

/** @throws {RangeError} that names the option, what is wrong with it and what would be right */
export function runOptionsOf(args: readonly string[]): RunOptions {
  const { tokens } = parseArgs({ args: [...args], strict: false, tokens: true, options });
  const given = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") throw new RangeError(`${token.value} is no option; ${THERE_ARE}`);
    if (!Object.hasOwn(options, token.name)) {
      throw new RangeError(`${token.rawName} is no option of the simulation; ${THERE_ARE}`);
    }
    given.set(token.name, token.value);
  }
  const whole = (name: string, least: 0 | 1): number | undefined =>
    numberOf(given, name, isWhole(least), `a whole number from ${least} on, such as --${name} 1000`);
  const seed = whole("seed", 0);
  const creates = whole("creates", 1);
  return {
    seeds: whole("seeds", 1) ?? 1_000,
    from: whole("from", 0) ?? 1,
    ...(seed !== undefined && { seed }),
    ...(creates !== undefined && { creates }),
    lost: numberOf(given, "lost", isPart, "a number from 0 to 1, such as --lost 0.3") ?? 0.3,
  };
}

const text = { type: "string" } as const;
const options = { seeds: text, from: text, seed: text, creates: text, lost: text };
const THERE_ARE = `there are ${Object.keys(options)
  .map((name) => `--${name}`)
  .join(", ")}`;

/** As it is written; `undefined` where the option is not given. */
function numberOf(
  given: ReadonlyMap<string, string | undefined>,
  name: string,
  isRight: (value: string) => boolean,
  right: string,
): number | undefined {
  if (!given.has(name)) return undefined;
  const value = given.get(name);
  if (value !== undefined && isRight(value)) return Number(value);
  const wrong = value === undefined || value === "" ? "has no value" : `is ${value}`;
  throw new RangeError(`--${name} ${wrong}; it takes ${right}`);
}

const isWhole = (least: number) => (value: string) =>
  /^\d+$/.test(value) && Number.isSafeInteger(Number(value)) && Number(value) >= least;

const isPart = (value: string): boolean => /^\d*\.?\d+$/.test(value) && Number(value) <= 1;
