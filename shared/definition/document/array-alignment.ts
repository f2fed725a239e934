/** Which elements of one array stay in another, and which of them take each other's place. Pure. */

/** What becomes of an element, in the order of both arrays; indexes into the old and the new array. */
export type ArrayStep =
  | { readonly kind: "keep" }
  | { readonly kind: "replace"; readonly from: number; readonly to: number }
  | { readonly kind: "remove" }
  | { readonly kind: "add"; readonly to: number };

/** Comparisons of two elements that may still be made. */
export type ComparisonBudget = { left: number };

/**
 * The steps from one array to another, by the longest sequence of elements that both have (equal elements have equal
 * numbers). Of those between two kept ones, the first takes the first's place and so on. `undefined`: the budget is not
 * enough to find out.
 */
export function alignArrays(
  from: readonly number[],
  to: readonly number[],
  budget: ComparisonBudget,
): readonly ArrayStep[] | undefined {
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  while (head < shorter && from[head] === to[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1;
  const [rows, columns] = [from.length - head - tail, to.length - head - tail];
  if (rows * columns > budget.left) return undefined;
  budget.left -= rows * columns;

  const isEqual = (row: number, column: number) => from[head + row] === to[head + column];
  const keptBehind = longestCommonTails(rows, columns, isEqual);
  const steps: ArrayStep[] = Array.from({ length: head }, () => ({ kind: "keep" }));
  /** Where the elements begin that are between the last kept one and here. */
  let [firstRow, firstColumn] = [0, 0];
  const closeGap = (row: number, column: number): void => {
    for (; firstRow < row || firstColumn < column; firstRow += 1, firstColumn += 1) {
      const to = head + firstColumn;
      if (firstRow >= row) steps.push({ kind: "add", to });
      else if (firstColumn >= column) steps.push({ kind: "remove" });
      else steps.push({ kind: "replace", from: head + firstRow, to });
    }
    [firstRow, firstColumn] = [row, column];
  };
  let [row, column] = [0, 0];
  while (row < rows && column < columns) {
    if (isEqual(row, column)) {
      closeGap(row, column);
      steps.push({ kind: "keep" });
      [row, column] = [row + 1, column + 1];
      [firstRow, firstColumn] = [row, column];
    } else if (keptBehind(row + 1, column) >= keptBehind(row, column + 1)) row += 1;
    else column += 1;
  }
  closeGap(rows, columns);
  return [...steps, ...Array.from({ length: tail }, (): ArrayStep => ({ kind: "keep" }))];
}

/** How many elements the two arrays can keep from a row and a column on. */
function longestCommonTails(
  rows: number,
  columns: number,
  isEqual: (row: number, column: number) => boolean,
): (row: number, column: number) => number {
  const lengths = new Uint32Array((rows + 1) * (columns + 1));
  const at = (row: number, column: number) => lengths[row * (columns + 1) + column] ?? 0;
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      lengths[row * (columns + 1) + column] = isEqual(row, column)
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  return at;
}
