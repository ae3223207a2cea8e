// A simulator per test, and the unmodified client pointed at it; or at a service that somebody named (Outside.ts).
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { ApiClient, ConnectionConfig, E2B } from "e2b"
import { onTestFinished } from "vitest"
import { startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import type { E2BSimulatorOptions } from "../../../src/simulator/e2b/E2BSimulator.ts"
import { liveSettings, missing, skipWithout } from "../Outside.ts"
import { reachE2B } from "./LiveE2B.ts"

export const apiKey = "e2b_0123456789abcdef"

const live = liveSettings("e2b")

/** The template of most tests. */
export const runnerTemplate = live?.["template"] ?? "gh-runner"

const startSimulator = async (options: Partial<E2BSimulatorOptions>) => {
  const simulator = await startE2BSimulator({
    apiKeys: [apiKey],
    templates: [{ aliases: ["gh-runner"] }],
    ...options
  })
  onTestFinished(() => simulator.close())
  const connection = { apiKey, apiUrl: simulator.url, sandboxUrl: simulator.url, retries: 0, requestTimeoutMs: 10_000 }
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${simulator.controlUrl}/_control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${response.status} ${text}`)
    return text === "" ? undefined : JSON.parse(text)
  }
  return {
    simulator,
    connection,
    control,
    e2b: new E2B(connection),
    api: new ApiClient(new ConnectionConfig(connection)).api
  }
}

/** With options, or when it looks into the simulator or commands it, a test is skipped against a service by name. */
export const simulate = async (
  options: Partial<E2BSimulatorOptions> = {}
): Promise<Awaited<ReturnType<typeof startSimulator>>> => {
  if (live === undefined) return startSimulator(options)
  const wanted = Object.keys(options)
  if (wanted.length > 0) return skipWithout(`a simulator with its own ${wanted.join(", ")}`)
  return {
    ...reachE2B(live),
    simulator: missing("a look into the simulator"),
    control: missing("the simulator's control interface")
  }
}

/** What a promise is rejected with. */
export const rejection = async (promise: Promise<unknown>): Promise<Error & { statusCode?: number }> => {
  try {
    await promise
  } catch (error) {
    return error as Error & { statusCode?: number }
  }
  throw new Error("expected a rejection")
}

/** Waits for what only the outside world can bring about (a process, a file). */
export const eventually = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (let round = 0; round < 2000; round += 1) {
    if (await condition()) return
    await sleep(5)
  }
  throw new Error("it never came true")
}

/** A process that has died but was not collected by its parent yet is not alive. */
export const isAlive = (pid: number): boolean => {
  if (live !== undefined) return skipWithout("the sandbox's processes on this machine")
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    return stat.charAt(stat.lastIndexOf(")") + 2) !== "Z"
  } catch {
    return false
  }
}
