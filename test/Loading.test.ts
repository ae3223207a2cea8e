import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { loading } from "../src/Loading.ts"

const youngMiB = async (load: string): Promise<number> => {
  const program = `
    const { loading } = await import("./src/Loading.ts")
    await ${load}
    const { getHeapSpaceStatistics } = await import("node:v8")
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === "new_space").physical_space_size)`
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program])
  return Number(stdout) / 1024 / 1024
}

describe("loading", () => {
  it("the service's modules do not make the heap keep room for what was young once", async () => {
    assert.isBelow(await youngMiB(`loading(() => import("./src/App.ts"))`), 20)
  })

  it("what cannot be loaded fails as it would", async () => {
    const broken = new Error("no such part")
    const failure = await loading(() => Promise.reject(broken)).catch((error: unknown) => error)
    assert.strictEqual(failure, broken)
  })
})
