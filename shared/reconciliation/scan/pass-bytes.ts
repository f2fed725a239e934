/** A pass as bytes, to be kept between two invocations. Pure. */
import { IdSet } from "./id-set.ts";
import type { Pass } from "./pass.ts";

/** In the order in which their bytes follow the header. */
const sets = ["cursors", "seen", "unsettled", "wholeRows"] as const;

type SetName = (typeof sets)[number];

const LENGTH_BYTES = 4;

/** The header's length, the header as JSON (with the lengths of the sets), the sets. */
export function bytesOfPass(pass: Pass): Uint8Array {
  const { cursors, seen, unsettled, wholeRows, ...plain } = pass;
  const parts = sets.map((name) => pass[name].toBytes());
  const header = Buffer.from(JSON.stringify({ plain, lengths: parts.map(({ length }) => length) }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, ...parts]);
}

export function passOfBytes(bytes: Uint8Array): Pass {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = LENGTH_BYTES + buffer.readUInt32BE(0);
  const { plain, lengths } = JSON.parse(buffer.toString("utf8", LENGTH_BYTES, headerEnd)) as {
    plain: Omit<Pass, SetName>;
    lengths: readonly number[];
  };
  let from = headerEnd;
  const entries = sets.map((name, index) => {
    const part = buffer.subarray(from, from + (lengths[index] ?? 0));
    from += part.length;
    return [name, IdSet.fromBytes(part)] as const;
  });
  return { ...plain, ...(Object.fromEntries(entries) as Record<SetName, IdSet>) };
}
