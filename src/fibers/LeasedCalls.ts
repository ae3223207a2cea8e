// Changing nothing outside without a lease.
//
// Answers for: every call that makes, changes or removes something at E2B or GitHub waiting until this node may act, whoever makes
// it. A process that stood still past its lease finds its requests with another owner, and this is where it stops. Not for whose
// request it is (the guarded writes of RequestStore.ts), nor for calls that only look.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { GitHub } from "../services/github/GitHub.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import { NodeLease } from "./NodeLease.ts"

const make = Effect.gen(function* () {
  const { mayAct } = yield* NodeLease
  const sandboxes = yield* Sandboxes
  const github = yield* GitHub
  const leased = <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.andThen(mayAct, call)
  const leasedSandboxes: Sandboxes["Service"] = {
    ...sandboxes,
    create: (options) => leased(sandboxes.create(options)),
    kill: (sandboxId) => leased(sandboxes.kill(sandboxId)),
    setTimeout: (sandboxId, seconds) => leased(sandboxes.setTimeout(sandboxId, seconds)),
    writeFile: (access, path, content) => leased(sandboxes.writeFile(access, path, content)),
    start: (access, command) => leased(sandboxes.start(access, command))
  }
  const leasedGitHub: GitHub["Service"] = {
    ...github,
    createJitConfig: (target, options) => leased(github.createJitConfig(target, options)),
    registrationToken: (target, runnerGroup) => leased(github.registrationToken(target, runnerGroup)),
    deleteRunner: (target, runnerId) => leased(github.deleteRunner(target, runnerId))
  }
  return Context.make(Sandboxes, leasedSandboxes).pipe(Context.add(GitHub, leasedGitHub))
})

/** The same services, for whatever acts under this node's lease. */
export const layer = Layer.effectContext(make)
