import type { TestEngines } from "./engines.ts";

const writesBeforeCrash = 200;

/**
 * Lets each writer write one thing after the other, kills the engines in the middle of it and starts them again.
 * @returns how many writes of each writer were acknowledged; the one after those may have happened too
 */
export async function crashUnderLoad(
  engines: TestEngines,
  writers: readonly string[],
  write: (writer: string, index: number) => Promise<unknown>,
): Promise<Map<string, number>> {
  const acknowledged = new Map<string, number>();
  let total = 0;
  const crash = Promise.withResolvers<void>();
  const work = async (writer: string) => {
    for (let index = 0; total < writesBeforeCrash; index++) {
      try {
        await write(writer, index);
      } catch (error) {
        if (total < writesBeforeCrash) throw error;
        return;
      }
      acknowledged.set(writer, index + 1);
      total++;
      if (total === writesBeforeCrash) crash.resolve(engines.crashAndRestart().then(() => undefined));
    }
  };
  await Promise.all(writers.map(work));
  await crash.promise;
  return acknowledged;
}
