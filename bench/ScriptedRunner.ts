// A runner that costs this machine nothing: the E2B simulator answers from a script instead of starting processes.
//
// Answers for: uploads that are accepted and forgotten, a runner that listens, does one job and ends with its first
// answer, and for seeing each create call at the moment it takes effect.
// Gotcha: the runner is over at once, so its sandbox is killed and its registration deleted while other requests are
// still being provisioned: work that a real burst has only minutes later.
import type { E2BSimulator } from "../src/simulator/e2b/E2BSimulator.ts"
import { envelope } from "../src/simulator/e2b/ConnectProtocol.ts"

const output = ["Listening for Jobs", "Running job: build", "Job build completed with result: Succeeded", ""].join("\n")

const script = Buffer.concat([
  envelope({ event: { start: { pid: 4711 } } }),
  envelope({ event: { data: { stdout: Buffer.from(output).toString("base64") } } }),
  envelope({ event: { end: { exited: true, status: "exit status 0" } } }),
  envelope({}, 2)
])

const always = Number.MAX_SAFE_INTEGER

export const scriptRunners = (e2b: E2BSimulator): void => {
  e2b.faults.add({
    operation: "files.write",
    times: always,
    answer: { status: 200, body: [{ name: "file", path: "/file", type: "file" }] }
  })
  e2b.faults.add({
    operation: "process.start",
    times: always,
    answer: { status: 200, headers: { "content-type": "application/connect+json" }, body: script }
  })
}

/** Calls `listener` with the monotonic time (milliseconds) of every sandbox that is created from now on. */
export const onCreate = (e2b: E2BSimulator, listener: (at: number) => void): void => {
  const { fleet } = e2b
  const create = fleet.create.bind(fleet)
  fleet.create = (request, options) => {
    const at = performance.now()
    const record = create(request, options)
    listener(at)
    return record
  }
}
