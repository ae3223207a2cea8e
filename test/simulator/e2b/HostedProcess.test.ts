// One hosted command with a stand-in for the process, for what timing would make uncertain.
import { EventEmitter } from "node:events"
import type { ServerResponse } from "node:http"
import { PassThrough } from "node:stream"
import { assert, describe, it } from "vitest"
import { ConnectStream } from "../../../src/simulator/e2b/ConnectProtocol.ts"
import { HostedProcess } from "../../../src/simulator/e2b/HostedProcess.ts"

class FakeChild extends EventEmitter {
  readonly pid = 4711
  readonly stdin = null
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly kill = () => true
}

/** A response whose client reads nothing until `drain`. */
class FullResponse extends EventEmitter {
  full = true
  destroyed = false
  readonly written: Array<Buffer> = []
  readonly flushHeaders = () => {}
  readonly write = (bytes: Buffer) => {
    this.written.push(bytes)
    return !this.full
  }
  readonly end = () => {}
}

const attached = (): { stream: ConnectStream; response: FullResponse } => {
  const stream = new ConnectStream({ everyMs: 60_000, message: {} })
  const response = new FullResponse()
  stream.answer().stream?.attach(response as unknown as ServerResponse)
  return { stream, response }
}

const config = { cmd: "x", args: [], envs: {}, cwd: undefined }
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

const startFake = () => {
  const child = new FakeChild()
  return { child, process: HostedProcess.start(child, config, undefined) }
}

describe("back-pressure", () => {
  it("a listener that cannot take more stops both outputs until it can", async () => {
    const { child, process } = startFake()
    const { stream, response } = attached()
    process.listen(stream)
    child.stdout.write("one")
    await nextTurn()
    assert.deepStrictEqual([child.stdout.isPaused(), child.stderr.isPaused()], [true, true])
    response.full = false
    response.emit("drain")
    await nextTurn()
    assert.deepStrictEqual([child.stdout.isPaused(), child.stderr.isPaused()], [false, false])
  })

  it("a listener that leaves holds nobody back", async () => {
    const { child, process } = startFake()
    const { stream, response } = attached()
    process.listen(stream)
    child.stdout.write("one")
    await nextTurn()
    response.destroyed = true
    response.emit("close")
    await nextTurn()
    assert.isFalse(child.stdout.isPaused())
  })

  it("output that nobody listens to is dropped", async () => {
    const { child, process } = startFake()
    child.stdout.write("lost")
    await nextTurn()
    const { stream, response } = attached()
    response.full = false
    process.listen(stream)
    child.stdout.write("seen")
    await nextTurn()
    const text = Buffer.concat(response.written).toString()
    assert.include(text, Buffer.from("seen").toString("base64"))
    assert.notInclude(text, Buffer.from("lost").toString("base64"))
  })
})
