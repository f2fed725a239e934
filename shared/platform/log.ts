/**
 * What the domain says while it works: a short event name, ids, codes and numbers. Never a prompt, a variable, a mock,
 * a key, or a provider's own words.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
};

export const silentLog: Log = { info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  // A log that nobody reads.
}
