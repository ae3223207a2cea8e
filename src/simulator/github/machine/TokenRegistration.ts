// Registering with a registration token, as config.sh does.
//
// Answers for: whether the token, the place, the runner's version and the group allow it. The runner is made by
// GitHubMachine.register, so that a caller may still ask for more in between.
import type { Runner, RunnerScope } from "./Entities.ts"
import type { GitHubMachine } from "./GitHubMachine.ts"
import { Refused } from "./Refused.ts"

export interface TokenRegistration {
  readonly token: string
  /** Of the repository or organisation. */
  readonly url: string
  readonly version: string
  readonly name: string
  readonly labels: ReadonlyArray<string>
  /** Empty: the default one. */
  readonly group: string
  readonly ephemeral: boolean
  readonly replace: boolean
  readonly workFolder: string
}

export interface AllowedRegistration {
  readonly scope: RunnerScope
  /** 409 when the name is taken and may not be replaced. */
  readonly register: () => Runner
}

/** 404 for a wrong token or an unknown group, 403 for a version that is too old. */
export const allowRegistration = (machine: GitHubMachine, asked: TokenRegistration): AllowedRegistration => {
  const { topology, registry, sessions } = machine
  const scope = topology.scopeOfUrl(asked.url)
  registry.checkToken(asked.token, scope, "register")
  sessions.checkVersion(asked.version)
  const groupName = asked.group || "Default"
  const group = topology.groupByName(scope, groupName)
  if (group === null) throw new Refused(404, `Could not find any self-hosted runner group named "${groupName}".`)
  const { name, labels, ephemeral, workFolder } = asked
  const registration = { name, labels, group, ephemeral, jit: false, workFolder }
  return { scope, register: () => machine.register(scope, registration, asked.replace) }
}
