import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../infra/local/options.ts";

describe("the options of npm start", () => {
  it("have defaults", () => {
    expect(parseOptions([])).toEqual({
      help: false,
      port: 8787,
      data: ".local",
      fresh: false,
      demo: true,
      connectionUrls: new Map(),
      rates: new Map(),
      settleSeconds: new Map(),
      callTimeoutSeconds: new Map(),
    });
  });

  it("are read, those of connections once for each connection", () => {
    const options = parseOptions(
      (
        "--port 0 --data /tmp/x --fresh --no-demo --config c.json --connection-url a=http://127.0.0.1:9?=1 " +
        "--rate a=2.5 --rate b=8:3 --settle a=0.5 --call-timeout b=3"
      ).split(" "),
    );
    expect(options).toMatchObject({ port: 0, data: "/tmp/x", fresh: true, demo: false, config: "c.json" });
    expect(options.connectionUrls).toEqual(new Map([["a", "http://127.0.0.1:9?=1"]]));
    expect(options.rates).toEqual(
      new Map([
        ["a", { requestsPerSecond: 2.5 }],
        ["b", { requestsPerSecond: 8, burst: 3 }],
      ]),
    );
    expect(options.settleSeconds).toEqual(new Map([["a", 0.5]]));
    expect(options.callTimeoutSeconds).toEqual(new Map([["b", 3]]));
  });

  it.each([
    ["--port x", '--port takes a whole number from 0 to 65535, not "x"'],
    ["--port 65536", '--port takes a whole number from 0 to 65535, not "65536"'],
    ["--port -1", "Option '--port' argument is ambiguous"],
    ["--data=", "--data must not be empty"],
    ["--prot 1", "Unknown option '--prot'"],
    ["--fresh=yes", "Option '--fresh' does not take an argument"],
    ["somewhere", "Unexpected argument 'somewhere'"],
    ["--rate retell", '--rate takes ID=REQUESTS_PER_SECOND[:BURST], not "retell"'],
    ["--rate retell=", '--rate takes ID=REQUESTS_PER_SECOND[:BURST], not "retell="'],
    ["--rate =3", '--rate takes ID=REQUESTS_PER_SECOND[:BURST], not "=3"'],
    ["--rate retell=1e3", '--rate takes ID=REQUESTS_PER_SECOND[:BURST], not "retell=1e3"'],
    ["--rate retell=3:1.5", '--rate takes ID=REQUESTS_PER_SECOND[:BURST], not "retell=3:1.5"'],
    ["--rate retell=3:1:1", '--rate takes ID=REQUESTS_PER_SECOND[:BURST], not "retell=3:1:1"'],
    ["--settle retell=soon", '--settle takes ID=SECONDS, not "retell=soon"'],
    ["--settle retell=1 --settle retell=2", '--settle is given twice for connection "retell"'],
    ["--call-timeout retell=-1", '--call-timeout takes ID=SECONDS, not "retell=-1"'],
  ])("are refused in one line where they are wrong: %s", (args, message) => {
    const parse = () => parseOptions(args.split(" "));
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^[^\n]+$/);
  });
});
