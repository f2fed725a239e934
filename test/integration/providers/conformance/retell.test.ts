import { describeProvider } from "./describe-provider.ts";
import { retellHarness } from "./retell-harness.ts";

describeProvider("Retell", retellHarness);
