/** Chance that repeats: the same seed gives the same numbers, on every machine. */

export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  /** `label` separates streams of one seed, so that asking one of them more often changes no other. */
  constructor(seed: number, label: string) {
    const hash = hashOf(`${seed} ${label}`);
    [this.#a, this.#b, this.#c] = [hash, Math.imul(hash, 0x9e3779b1) | 0, seed | 0];
    for (let i = 0; i < 12; i += 1) this.#next();
  }

  /** At least 0, below 1. */
  fraction(): number {
    return this.#next() / 2 ** 32;
  }

  happens(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  /** An integer, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** Small values as often as large ones: 10 to 100 is as likely as 100 to 1 000. */
  magnitude(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.fraction());
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    const choice = choices[this.between(0, choices.length - 1)];
    if (choice === undefined) throw new Error("there is nothing to choose from");
    return choice;
  }

  /** In the shape of a UUID. */
  token(): string {
    const digits = [1, 2, 3, 4].map(() => this.#next().toString(16).padStart(8, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  /** sfc32: 32 random bits. */
  #next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
