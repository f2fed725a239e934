/** The Synthflow adapter against a server of one test. */
import type { Connection } from "../../../shared/platform/config.ts";
import { type Script, scriptedProvider } from "./scripted-provider.ts";

export const ID = "9ad09ad3-9c22-441e-ae35-c05016a09786";

/** The n-th of many ids. */
export const idOf = (n: number) => `9ad09ad3-9c22-441e-ae35-${String(n).padStart(12, "0")}`;
export const casesOf = (...numbers: readonly number[]) =>
  numbers.map((n) => ({ simulation_case_id: idOf(n), name: `case ${n}` }));

export const synthflow = (answer: Script, connection: Partial<Connection> = {}) =>
  scriptedProvider("synthflow", answer, "/v2", connection);

/** `{ status, response }` */
export const enveloped = (response: unknown) => ({ status: "ok", response });
