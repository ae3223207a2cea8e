import { assert, describe, it } from "@effect/vitest"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"
import { holdUntilServed } from "../../src/http/EarlyRequests.ts"

describe("requests that come while the service starts", () => {
  it("are answered, each once, when there is somebody to answer; later ones are not held", async () => {
    const server = createServer()
    onTestFinished(() => void server.close())
    let came = 0
    const all = new Promise<void>((resolve) => {
      server.on("request", () => {
        came += 1
        if (came === 2) resolve()
      })
    })
    holdUntilServed(server)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const early = [fetch(`${url}/one`), fetch(`${url}/two`)]
    await all
    const asked: Array<string> = []
    server.on("request", (request, response) => {
      asked.push(request.url ?? "")
      response.end(request.url)
    })
    const answers = await Promise.all([...early, fetch(`${url}/three`)])
    assert.deepStrictEqual(await Promise.all(answers.map((answer) => answer.text())), ["/one", "/two", "/three"])
    assert.sameMembers(asked, ["/one", "/two", "/three"])
  })
})
