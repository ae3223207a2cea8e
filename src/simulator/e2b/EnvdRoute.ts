// One route of envd.
import type { Answer, Call } from "./HttpAnswer.ts"
import type { Operation } from "./Operations.ts"
import type { SandboxHost } from "./SandboxHost.ts"

export interface EnvdRoute {
  readonly operation: Operation
  readonly handle: (host: SandboxHost, call: Call) => Promise<Answer>
}
