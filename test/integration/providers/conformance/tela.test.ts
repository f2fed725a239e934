import { describeProvider } from "./describe-provider.ts";
import { telaHarness } from "./tela-harness.ts";

describeProvider("Tela", telaHarness);
