/**
 * A set of ids in 8 bytes each: of a scope's definitions it is remembered which the list has shown, from page to page
 * and from one invocation to the next. Hashes do not compress, so the bytes are what they are. Two ids of one scope
 * with the same hash would hide each other; with 100 000 ids that is one chance in a billion.
 */
import { createHash } from "node:crypto";

const BYTES_PER_ID = 8;

export class IdSet {
  readonly #hashes: Set<bigint>;

  private constructor(hashes: Set<bigint>) {
    this.#hashes = hashes;
  }

  static of(ids: Iterable<string> = []): IdSet {
    return new IdSet(new Set([...ids].map(hashOf)));
  }

  static fromBytes(bytes: Uint8Array): IdSet {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const hashes = new Set<bigint>();
    for (let at = 0; at + BYTES_PER_ID <= bytes.byteLength; at += BYTES_PER_ID) {
      hashes.add(view.getBigUint64(at));
    }
    return new IdSet(hashes);
  }

  get size(): number {
    return this.#hashes.size;
  }

  has(id: string): boolean {
    return this.#hashes.has(hashOf(id));
  }

  /** `false` where it was in already. */
  add(id: string): boolean {
    const before = this.#hashes.size;
    this.#hashes.add(hashOf(id));
    return this.#hashes.size > before;
  }

  /** All of this one and the other. */
  with(other: IdSet): IdSet {
    return new IdSet(this.#hashes.union(other.#hashes));
  }

  /** All of this one that are not in the other. */
  without(other: IdSet): IdSet {
    return new IdSet(this.#hashes.difference(other.#hashes));
  }

  /** In no order of the ids: equal sets give equal bytes. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#hashes.size * BYTES_PER_ID);
    const view = new DataView(bytes.buffer);
    const sorted = BigUint64Array.from(this.#hashes).sort();
    for (const [index, hash] of sorted.entries()) view.setBigUint64(index * BYTES_PER_ID, hash);
    return bytes;
  }
}

function hashOf(id: string): bigint {
  return createHash("sha256").update(id).digest().readBigUInt64BE(0);
}
