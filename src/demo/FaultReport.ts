// Which faults took place, and how runnerd rode them out.
//
// Answers for: counting and the text, when they strike and in the end. What took place is what the simulators say that calls, webhooks, runners and sandboxes
// have met; how it was ridden out is what runnerd's timelines say.
import { callApi, type LocalWorld } from "./LocalWorld.ts"
import type { RequestView } from "./JobViews.ts"

interface Row {
  readonly where: string
  readonly fault: string
  readonly times: number
}

const rows = (where: string, met: ReadonlyMap<string, number>): ReadonlyArray<Row> =>
  [...met].map(([fault, times]) => ({ where, fault, times }))

const vanished = (world: LocalWorld): ReadonlyMap<string, number> => {
  const count = [...world.e2b.fleet.ended()].filter(({ ended }) => ended?.reason === "vanished").length
  return new Map(count === 0 ? [] : [["sandbox vanished", count]])
}

export const faultsThatTookPlace = (world: LocalWorld): ReadonlyArray<Row> => [
  ...rows("E2B", world.e2b.faults.met),
  ...rows("E2B", vanished(world)),
  ...rows("GitHub", world.github.faults.met),
  ...rows("webhook", world.github.webhookFaults.met),
  ...rows("runner", world.github.machine.runnerFaults.met)
]

/** Gives a function that says which faults have struck since it was last called. */
export const faultWatch = (world: LocalWorld, say: (text: string) => void): (() => void) => {
  const told = new Map<string, number>()
  return () => {
    for (const { where, fault, times } of faultsThatTookPlace(world)) {
      const name = `${where}: ${fault}`
      if (times > (told.get(name) ?? 0)) say(`fault: ${name}${times === 1 ? "" : `, ${times} times so far`}`)
      told.set(name, times)
    }
  }
}

interface Entry {
  readonly code: string
  readonly message: string
}

const answers: Readonly<Record<string, string>> = {
  deferred: "waited, and spent no attempt",
  retry_scheduled: "tried again, and spent an attempt",
  cleanup_failed: "a removal was tried again",
  stream_reconnected: "a stream was taken up again",
  requeued: "went back to the queue"
}

/** How often runnerd did what about it, over all requests. */
const riddenOut = async (url: string, requests: ReadonlyArray<RequestView>): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  for (const { id } of requests) {
    for (const { code } of await callApi<ReadonlyArray<Entry>>(url, "GET", `/runner_requests/${id}/events`)) {
      const answer = answers[code]
      if (answer !== undefined) counts.set(answer, (counts.get(answer) ?? 0) + 1)
    }
  }
  return counts
}

/** Prints nothing when nothing went wrong. */
export const printFaults = async (
  world: LocalWorld,
  url: string,
  requests: ReadonlyArray<RequestView>
): Promise<void> => {
  const took = faultsThatTookPlace(world)
  if (took.length === 0) return
  console.log("\nFaults that took place:")
  console.table(took)
  const counts = await riddenOut(url, requests)
  const redelivered = world.github.state().deliveries.filter(({ redelivery }) => redelivery).length
  const all = redelivered === 0 ? counts : new Map([...counts, ["a webhook was delivered again", redelivered]])
  console.log("How they were ridden out:")
  console.table([...all].map(([answer, times]) => ({ answer, times })))
}
