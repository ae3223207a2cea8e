// What faults of the simulated E2B may be called.
//
// Answers for: operations, named refusals, streams and their ends, in one place for the simulator and for scenario files.
import type { FaultVocabulary } from "../misbehaviour/Fault.ts"
import { streamEnds } from "./ConnectProtocol.ts"
import { namedFailures } from "./ControlFailure.ts"
import { operations } from "./Operations.ts"

export const e2bVocabulary: FaultVocabulary = {
  operations: new Set(operations),
  failures: new Set(Object.keys(namedFailures)),
  streams: { operations: new Set(["process.start", "process.connect"]), ends: new Set(streamEnds) }
}
