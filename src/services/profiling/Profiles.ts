// What this process can be asked about itself: where its time goes, what allocates, what is in its memory, and counters.
//
// Answers for: taking one of them. Not for who may have it, nor for one at a time (http/ProfilingListener.ts).
// Gotchas: a heap snapshot holds every secret in memory, and the whole process stands still while V8 makes it (50 MB of heap: 2.6 s of
// processor time and 190 MB; 100 MB of small objects: 9 s and 1.5 GB, measured with Node.js 24.21); the two others
// name functions only, and cost a few per cent while they last. The inspector is loaded when it is first needed.
import * as NodeStream from "@effect/platform-node/NodeStream"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { performance } from "node:perf_hooks"
import { getHeapCodeStatistics, getHeapSnapshot, getHeapSpaceStatistics, getHeapStatistics } from "node:v8"
import { version } from "../Version.ts"

/** Speaks to V8 in this process. Its end ends whatever was begun by it. */
const session = Effect.acquireRelease(
  Effect.promise(async () => {
    const { Session } = await import("node:inspector/promises")
    const opened = new Session()
    opened.connect()
    return opened
  }),
  (opened) => Effect.sync(() => opened.disconnect())
)

/** Where time goes in so much of it: a thousand samples a second, as the text of a `.cpuprofile`. */
export const cpuProfile = Effect.fnUntraced(function* (duration: Duration.Duration) {
  const v8 = yield* session
  yield* Effect.promise(() => v8.post("Profiler.enable"))
  yield* Effect.promise(() => v8.post("Profiler.start"))
  yield* Effect.sleep(duration)
  const { profile } = yield* Effect.promise(() => v8.post("Profiler.stop"))
  return JSON.stringify(profile)
}, Effect.scoped)

/** What was allocated in that time and by which functions, garbage included, as the text of a `.heapprofile`. */
export const allocationProfile = Effect.fnUntraced(function* (duration: Duration.Duration) {
  const v8 = yield* session
  const garbageToo = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
  yield* Effect.promise(() => v8.post("HeapProfiler.startSampling", garbageToo))
  yield* Effect.sleep(duration)
  const { profile } = yield* Effect.promise(() => v8.post("HeapProfiler.stopSampling"))
  return JSON.stringify(profile)
}, Effect.scoped)

/** Every object in memory, as the bytes of a `.heapsnapshot`: made when the first is asked for, then read from a copy in memory. */
export const heapSnapshot: Stream.Stream<Uint8Array> = Stream.orDie(
  NodeStream.fromReadable({ evaluate: () => getHeapSnapshot() })
)

const counted = (names: ReadonlyArray<string>): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** Counters of the runtime, of now or since the start, as Node.js names them. */
export const counters = Effect.sync(() => ({
  runnerd: version,
  node: process.version,
  pid: process.pid,
  uptime: process.uptime(),
  memoryUsage: process.memoryUsage(),
  resourceUsage: process.resourceUsage(),
  eventLoopUtilization: performance.eventLoopUtilization(),
  activeResources: counted(process.getActiveResourcesInfo()),
  heapStatistics: getHeapStatistics(),
  heapSpaceStatistics: getHeapSpaceStatistics(),
  heapCodeStatistics: getHeapCodeStatistics()
}))
