/**
 * A text as it lies in the history: compressed, and in content-addressed chunks where it is too large for one item.
 * Nothing is ever truncated or refused for its size.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { sha256Hex } from "./canonical-form.ts";

/** What a version records of a stored text; part of the hash chain. */
export type StoredText = {
  readonly encoding: "br";
  /** Hex SHA-256 of the stored (compressed) bytes. */
  readonly sha256: string;
  /** Size of the text in UTF-8 bytes. */
  readonly textBytes: number;
  /** How many chunk items hold the bytes; absent where they lie in the version itself. */
  readonly chunks?: number;
};

export type CompressedText = { readonly stored: StoredText; readonly bytes: Uint8Array };

/** Compressed texts above this many bytes are stored as chunk items (an item may have 400 KB). */
export const MAX_INLINE_BYTES = 300 * 1024;
const CHUNK_BYTES = 350 * 1024;

/** Large texts are compressed with less effort: quality 11 would take seconds for a megabyte. */
const LARGE_TEXT_BYTES = 128 * 1024;

/** `roomBytes`: how many bytes may lie in the version itself. */
export function compressText(text: string, roomBytes = MAX_INLINE_BYTES): CompressedText {
  const plain = Buffer.from(text, "utf8");
  const bytes = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: plain.length > LARGE_TEXT_BYTES ? 5 : 9,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  const chunks = bytes.length > roomBytes ? Math.ceil(bytes.length / CHUNK_BYTES) : undefined;
  return {
    bytes,
    stored: {
      encoding: "br",
      sha256: sha256Hex(bytes),
      textBytes: plain.length,
      ...(chunks === undefined ? {} : { chunks }),
    },
  };
}

/** The chunks of compressed bytes, in order. */
export function chunksOf(bytes: Uint8Array): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES)
    chunks.push(bytes.subarray(start, start + CHUNK_BYTES));
  return chunks;
}

/** The text of stored bytes, `undefined` where they are not what the version recorded. */
export function decompressText(stored: StoredText, bytes: Uint8Array): string | undefined {
  if (sha256Hex(bytes) !== stored.sha256) return undefined;
  try {
    const text = brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, stored.textBytes) });
    return text.toString("utf8");
  } catch {
    // Bytes that fit their hash were compressed here, unless both were altered by hand.
    return undefined;
  }
}

/** Is this what a version records of a text? An item that was altered by hand may hold anything. */
export function isStoredText(value: unknown): value is StoredText {
  if (typeof value !== "object" || value === null) return false;
  const { sha256, textBytes, chunks } = value as Partial<Record<keyof StoredText, unknown>>;
  return (
    typeof sha256 === "string" &&
    Number.isSafeInteger(textBytes) &&
    (chunks === undefined || Number.isSafeInteger(chunks))
  );
}
