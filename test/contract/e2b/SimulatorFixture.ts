// A simulator per test, and the unmodified client pointed at it.
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { ApiClient, ConnectionConfig, E2B } from "e2b"
import { onTestFinished } from "vitest"
import { startE2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import type { E2BSimulatorOptions } from "../../../src/simulator/e2b/E2BSimulator.ts"

export const apiKey = "e2b_0123456789abcdef"

export const simulate = async (options: Partial<E2BSimulatorOptions> = {}) => {
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
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    return stat.charAt(stat.lastIndexOf(")") + 2) !== "Z"
  } catch {
    return false
  }
}
