// What has been broken in what goes wrong on command and by seed.
import { mutationsOf } from "../Mutation.ts"
import type { Mutation } from "../Mutation.ts"

const answer = mutationsOf("src/simulator/e2b/HttpAnswer.ts")
const order = mutationsOf("src/simulator/misbehaviour/Misbehave.ts")
const faults = mutationsOf("src/simulator/misbehaviour/Faults.ts")
const fault = mutationsOf("src/simulator/misbehaviour/Fault.ts")
const chance = mutationsOf("src/simulator/misbehaviour/Draw.ts")
const fleet = mutationsOf("src/simulator/e2b/SandboxFleet.ts")
const vanishing = mutationsOf("src/simulator/e2b/Vanishing.ts")
const clock = mutationsOf("src/simulator/e2b/Timeline.ts")

export const misbehaviour: ReadonlyArray<Mutation> = [
  answer(
    "every fault with a status is a 204",
    "const { status, headers = {} } = answer\n",
    "const { status, headers = {} } = { headers: {}, ...answer, status: 204 }\n",
    "Errors › writing files",
    "that the API refuses is a TemplateError",
    "on create is a SandboxError with that status",
    "401, 429 and 503 are errors",
    "a 404 without a code in its body",
    "an answer that is not JSON",
    "a fault meets as many calls",
    "before the start event looks like a missing sandbox",
    "401 is an AuthenticationError, other refusals",
    "a full disk is told by files",
    "that begins with anything but the start event",
    "can be refused or reset without effect"
  ),
  order(
    "nothing is late",
    "  if (delayMs > 0) await wait(delayMs)\n",
    "",
    "given up by its caller is an AbortError",
    "a create that takes longer than its client waits",
    "can be late, and take effect"
  ),
  order(
    "no answer is late",
    "  if (answerDelayMs > 0) await wait(answerDelayMs)\n",
    "",
    "can be late, and take effect"
  ),
  answer(
    "a reset is a closed connection",
    "response.socket?.resetAndDestroy()",
    "response.socket?.destroy()",
    "is a TypeError whose cause says why"
  ),
  order(
    "a malformed answer is whole",
    "text.slice(0, Math.ceil(text.length / 2))",
    "text",
    "is a SyntaxError when it breaks off"
  ),
  order(
    "no call takes effect when its answer is lost",
    'when === "after" || ',
    "",
    "a reset before the effect leaves no sandbox",
    "a start whose answer is lost has started the process"
  ),
  faults("a fault is never used up", "    entry.left -= 1\n", "", "a fault meets as many calls"),
  fault(
    "a stream may end in any way",
    "if (!streams.ends.has(String(end)))",
    "if (end === undefined)",
    "are spoilt only where there are any"
  ),
  chance("every seed is the same", "[seed, ...words]", "[...words]", "spoils the same calls with the same seed"),
  faults(
    "chances do not matter",
    '      if (draw(this.#seed, "fault", entry.number, operation, call) >= chance) return false\n',
    "",
    "of chances meets the same share"
  ),
  fleet(
    "no sandbox vanishes",
    'this.#end(this.get(sandboxID), "vanished")',
    "this.get(sandboxID)",
    "is unknown to every later call",
    "does so by seed"
  ),
  vanishing("sandboxes vanish too early", "timeline.now() + least + draw", "timeline.now() + draw", "does so by seed"),
  clock("the clock is always right", "this.#base.now() + this.skewMs", "this.#base.now()", "shows in every instant")
]
