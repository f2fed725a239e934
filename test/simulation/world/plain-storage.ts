/**
 * Texts are stored uncompressed in simulations: Brotli would take a third of their time and has its own tests. Whoever
 * calls this changes the process for good.
 */
import { syncBuiltinESMExports } from "node:module";
import zlib from "node:zlib";

export function storeTextsPlain(): void {
  const asItIs = (bytes: Uint8Array) => Buffer.from(bytes);
  zlib.brotliCompressSync = asItIs as typeof zlib.brotliCompressSync;
  zlib.brotliDecompressSync = asItIs as typeof zlib.brotliDecompressSync;
  syncBuiltinESMExports();
}
