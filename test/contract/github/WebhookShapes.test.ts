// The payloads' shapes against what GitHub really sent (@octokit/webhooks-examples).
import { assert, describe, it } from "@effect/vitest"
import examples from "@octokit/webhooks-examples"
import { manualMachine } from "../../simulator/github/ManualMachine.ts"

type Json = Readonly<Record<string, unknown>>

const real = (name: string): ReadonlyArray<Json> => {
  const event = (
    examples as unknown as ReadonlyArray<{ readonly name: string; readonly examples: ReadonlyArray<unknown> }>
  ).find((event) => event.name === name)
  return (event?.examples ?? []) as ReadonlyArray<Json>
}

const typeOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value)

/** The JSON types that a key has in any of the real objects. */
const realTypes = (objects: ReadonlyArray<unknown>): Map<string, Set<string>> => {
  const types = new Map<string, Set<string>>()
  for (const object of objects) {
    for (const [key, value] of Object.entries((object ?? {}) as Json)) {
      types.set(key, (types.get(key) ?? new Set()).add(typeOf(value)))
    }
  }
  return types
}

const assertShape = (where: string, ours: unknown, theirs: ReadonlyArray<unknown>) => {
  const own = ours as Json
  for (const [key, types] of realTypes(theirs)) {
    assert.property(own, key, where)
    const type = typeOf(own[key])
    const known = [...types].filter((each) => each !== "null")
    if (type !== "null" && known.length > 0) assert.include(known, type, `${where}.${key}`)
  }
}

/** All webhooks of a run that is queued, started and finished; and of a gated one. */
const ours = (): ReadonlyArray<{ readonly event: string; readonly payload: Json }> => {
  const setup = manualMachine()
  const labels = ["self-hosted", "e2b"]
  const run = setup.machine.createRun({ repository: "acme/one", workflow: "CI", jobs: [{ name: "build", labels }] })
  const runner = setup.online("r", labels)
  const job = setup.machine.sessions.accept(runner, run.jobs[0]!.id)
  const step = { number: 1, name: "Set up job", startedAt: setup.clock.now(), completedAt: setup.clock.now() }
  setup.machine.sessions.report(job, [{ ...step, status: "completed", conclusion: "success" }], "")
  setup.machine.runs.complete(job, "success")
  setup.machine.createRun({
    repository: "acme/one",
    workflow: "Deploy",
    jobs: [{ name: "deploy", labels, environment: "production" }]
  })
  return setup.webhooks.map(({ event, body }) => ({ event, payload: JSON.parse(body) as Json }))
}

const pick = (event: string, action: string, status?: string) => {
  const found = ours().find(
    ({ event: name, payload }) =>
      name === event &&
      payload["action"] === action &&
      (status === undefined || (payload[event] as Json)["status"] === status)
  )
  assert(found !== undefined, `${event} ${action}`)
  return found.payload
}

const jobs = real("workflow_job")
const runs = real("workflow_run")
const objects = (payloads: ReadonlyArray<Json>, key: string) =>
  payloads.map((payload) => payload[key]).filter((value) => value !== undefined)

describe("workflow_job", () => {
  for (const [action, status] of [
    ["queued", "queued"],
    ["queued", "waiting"],
    ["waiting", "waiting"],
    ["in_progress", "in_progress"],
    ["completed", "completed"]
  ] as const) {
    it(`${action} with status ${status} has every key of the real payloads, with the same JSON types`, () => {
      const payload = pick("workflow_job", action, status)
      const same = jobs.filter(
        (each) => each["action"] === action && (each["workflow_job"] as Json)["status"] === status
      )
      const alike = same.length > 0 ? same : jobs.filter((each) => each["action"] === action)
      assert.isNotEmpty(alike)
      // `organization` and `installation` depend on the owner and the kind of hook; ours has both.
      assertShape("payload", payload, alike)
      assertShape("workflow_job", payload["workflow_job"], objects(jobs, "workflow_job"))
      for (const key of ["repository", "sender", "organization", "installation", "deployment"]) {
        if (payload[key] !== undefined) assertShape(key, payload[key], objects(jobs, key))
      }
      assertShape(
        "owner",
        (payload["repository"] as Json)["owner"],
        objects(objects(jobs, "repository") as unknown as ReadonlyArray<Json>, "owner")
      )
    })
  }

  it("completed has steps shaped as the real ones", () => {
    const stepsOf = (job: unknown) => (job as { readonly steps: ReadonlyArray<unknown> }).steps
    const theirs = objects(jobs, "workflow_job").flatMap(stepsOf)
    const [step] = stepsOf(pick("workflow_job", "completed")["workflow_job"])
    assertShape("step", step, theirs)
  })

  it("queued for a self-hosted runner has nulls for the runner, and started_at although it did not start", () => {
    const job = pick("workflow_job", "queued")["workflow_job"] as Json
    assert.deepStrictEqual([job["runner_id"], job["runner_name"], job["completed_at"]], [null, null, null])
    assert.strictEqual(job["started_at"], job["created_at"])
  })
})

describe("workflow_run", () => {
  for (const action of ["requested", "in_progress", "completed"]) {
    it(`${action} has every key of the real payloads, with the same JSON types`, () => {
      const payload = pick("workflow_run", action)
      const alike = runs.filter((each) => each["action"] === action)
      // No in_progress payload was captured: it is compared with the others.
      const theirs = alike.length > 0 ? alike : runs
      assertShape("payload", payload, theirs)
      assertShape("workflow_run", payload["workflow_run"], objects(theirs, "workflow_run"))
      for (const key of ["repository", "sender", "organization", "workflow"]) {
        assertShape(key, payload[key], objects(runs, key))
      }
      const nested = (key: string) => objects(objects(runs, "workflow_run") as unknown as ReadonlyArray<Json>, key)
      for (const key of ["actor", "head_commit", "repository", "head_repository"]) {
        assertShape(key, (payload["workflow_run"] as Json)[key], nested(key))
      }
    })
  }
})
