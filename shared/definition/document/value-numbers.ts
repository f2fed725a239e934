/**
 * Numbers for JSON values: canonically equal values get the same one, others get different ones. Each value is looked
 * at once, however often it is compared, so that comparing all parts of a document costs as much as reading it.
 */
import { isJsonArray, isJsonObject, type JsonValue } from "../../platform/json.ts";
import { canonicalJson } from "./canonical-form.ts";

export class ValueNumbers {
  /** By a value's canonical form, in which the numbers of its parts stand for the parts. */
  readonly #byForm = new Map<string, number>();
  readonly #byValue = new WeakMap<object, number>();

  of(value: JsonValue): number {
    if (!isJsonArray(value) && !isJsonObject(value)) return this.#ofForm(canonicalJson(value));
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const number = this.#ofForm(
      isJsonArray(value) ? `[${value.map((part) => this.of(part)).join()}]` : this.#objectForm(value),
    );
    this.#byValue.set(value, number);
    return number;
  }

  #objectForm(value: Readonly<Record<string, JsonValue>>): string {
    const members = Object.entries(value).map(
      ([name, member]) => `${JSON.stringify(name)}:${this.of(member)}`,
    );
    // Any order of the members will do, if only it is always the same.
    return `{${members.sort().join()}}`;
  }

  #ofForm(form: string): number {
    const known = this.#byForm.get(form);
    if (known !== undefined) return known;
    const number = this.#byForm.size;
    this.#byForm.set(form, number);
    return number;
  }
}
