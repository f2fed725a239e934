import { describe, expect, test } from "vitest";
import { parseRedriveOptions } from "../../../infra/redrive/options.ts";
import { RedriveError } from "../../../infra/redrive/redrive-error.ts";

describe("the options of npm run redrive", () => {
  test("choose nothing by default", () => {
    expect(parseRedriveOptions([])).toEqual({ help: false, retry: "nothing", dryRun: false });
  });

  test("are read", () => {
    expect(
      parseRedriveOptions(
        "--request a --request b --request a --dry-run --connection retell --data /tmp/x".split(" "),
      ),
    ).toEqual({ help: false, retry: ["a", "b"], dryRun: true, connection: "retell", data: "/tmp/x" });
    expect(parseRedriveOptions(["--all", "-h"])).toEqual({ help: true, retry: "all", dryRun: false });
  });

  test.each([
    [["--request", "a", "--all"], "--request and --all exclude each other"],
    [["--request", "a/b"], '--request takes the id of a change request, not "a/b"'],
    [["--request"], "see npm run redrive -- --help"],
    [["--everything"], "Unknown option '--everything'"],
    [["edit-1"], "edit-1"],
  ])("%j is refused by name", (args, message) => {
    expect(() => parseRedriveOptions(args)).toThrow(RedriveError);
    expect(() => parseRedriveOptions(args)).toThrow(message);
  });
});
