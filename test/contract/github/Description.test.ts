// GitHub's description as a judge: every answer and webhook of this suite goes through it, so it has to notice what is wrong.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Octokit } from "@octokit/core"
import { manualMachine } from "../../simulator/github/ManualMachine.ts"
import { faultsOfAnswer, faultsOfWebhook, judgingFetch } from "./Description.ts"

type Json = Record<string, unknown>

const runner: Json = { id: 1, name: "r", os: "linux", status: "online", busy: false, labels: [] }
const answer = { method: "GET", path: "/repos/acme/one/actions/runners/1", status: 200 }

const webhook = (): { readonly action: string; readonly workflow_job: Json } => {
  const setup = manualMachine()
  const jobs = [{ name: "build", labels: ["e2b"] }]
  setup.machine.createRun({ repository: "acme/one", workflow: "CI", jobs })
  const queued = setup.webhooks.find(({ event }) => event === "workflow_job")
  return JSON.parse(queued?.body ?? "{}") as { readonly action: string; readonly workflow_job: Json }
}

describe("an answer", () => {
  it("as GitHub describes it has no fault", () => {
    assert.deepStrictEqual(faultsOfAnswer({ ...answer, body: runner }), [])
    assert.deepStrictEqual(faultsOfAnswer({ ...answer, status: 404, body: { message: "Not Found" } }), [])
  })

  it("with a field missing or of another type is named by its operation and field", () => {
    const { busy: _, ...without } = runner
    assert.match(faultsOfAnswer({ ...answer, body: without }).join(), /get-self-hosted-runner-for-repo 200.*'busy'/)
    assert.match(faultsOfAnswer({ ...answer, body: { ...runner, id: "1" } }).join(), /\/id must be integer/)
    assert.isNotEmpty(faultsOfAnswer({ ...answer, status: 404, body: { message: 1 } }))
  })

  it("with a status, a body or an operation that is not described is a fault", () => {
    assert.isNotEmpty(faultsOfAnswer({ ...answer, status: 206, body: runner }))
    assert.isNotEmpty(faultsOfAnswer({ ...answer, body: undefined }))
    assert.isNotEmpty(faultsOfAnswer({ ...answer, method: "DELETE", status: 204, body: {} }))
    assert.isNotEmpty(faultsOfAnswer({ ...answer, path: "/no/such/path", body: {} }))
  })

  it("is judged on its way to Octokit", async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...runner, busy: "no" }))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const found: Array<string> = []
    const octokit = new Octokit({ baseUrl, request: { fetch: judgingFetch(baseUrl, (fault) => found.push(fault)) } })
    await octokit.request("GET /repos/acme/one/actions/runners/1")
    assert.deepStrictEqual(found, ["actions/get-self-hosted-runner-for-repo 200 /busy must be boolean"])
    server.closeAllConnections()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
  })
})

describe("a webhook", () => {
  it("as GitHub describes it has no fault, and each of its required fields is missed", () => {
    const body = webhook()
    assert.deepStrictEqual(faultsOfWebhook("workflow_job", body), [])
    for (const key of ["id", "run_id", "status", "labels", "head_sha", "steps", "run_url"]) {
      const { [key]: _, ...job } = body.workflow_job
      assert.isNotEmpty(faultsOfWebhook("workflow_job", { ...body, workflow_job: job } as typeof body), key)
    }
  })

  it("with a field of another type, or of a kind that GitHub does not have, is a fault", () => {
    const body = webhook()
    const wrong = { ...body, workflow_job: { ...body.workflow_job, labels: "e2b" } }
    assert.match(faultsOfWebhook("workflow_job", wrong).join(), /labels must be array/)
    assert.isNotEmpty(faultsOfWebhook("workflow_job", { ...body, action: "stolen" }))
  })
})
