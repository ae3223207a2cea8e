// The workflows of this repository, which only GitHub can run: what they may do, whose code they run, and which of our scripts.
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseDocument } from "yaml"

const root = fileURLToPath(new URL("../..", import.meta.url))
const folder = ".github/workflows"

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly "timeout-minutes"?: number
  readonly uses?: string
  readonly needs?: string | ReadonlyArray<string>
  readonly steps?: ReadonlyArray<Step>
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const workflows = readdirSync(join(root, folder)).map((name) => {
  const text = readFileSync(join(root, folder, name), "utf8")
  const document = parseDocument(text)
  return { name, text, document, workflow: document.toJS() as Workflow }
})
const jobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ id: `${name} ${id}`, job }))
)
const steps = jobs.flatMap(({ id, job }) => (job.steps ?? []).map((step) => ({ id, step })))

describe("the workflows", () => {
  it("are YAML without mistakes, for check, image and release", () => {
    for (const { name, document } of workflows) {
      assert.deepStrictEqual([...document.errors, ...document.warnings], [], name)
    }
    assert.deepStrictEqual(
      workflows.map(({ name }) => name),
      ["check.yml", "image.yml", "release.yml"]
    )
  })

  it("may do nothing by default; only publishing a release and pushing an image may write, and what they write", () => {
    for (const { name, workflow } of workflows) assert.deepStrictEqual(workflow.permissions, {}, name)
    const writing = jobs.flatMap(({ id, job }) => {
      assert.isDefined(job.permissions, id)
      return Object.entries(job.permissions ?? {}).flatMap(([what, access]) =>
        access === "read" ? [] : `${id}: ${what} ${access}`
      )
    })
    assert.deepStrictEqual(writing, ["image.yml push: packages write", "release.yml publish: contents write"])
  })

  it("never give what strangers propose more than reading: no pull_request_target, no workflow_run", () => {
    for (const { name, workflow } of workflows) {
      for (const event of Object.keys(workflow.on)) {
        assert.include(["pull_request", "push", "workflow_call"], event, name)
      }
    }
  })

  it("run other people's actions by commit, whose version stands beside it, and leave no credentials in the checkout", () => {
    for (const { text } of workflows) {
      for (const [, action = "", comment = ""] of text.matchAll(/uses: (\S+)(.*)/g)) {
        if (action.startsWith("./")) assert.isTrue(existsSync(join(root, action)), action)
        else assert.match(`${action}${comment}`, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+\.\d+)?$/)
      }
    }
    const checkouts = steps.filter(({ step }) => step.uses?.startsWith("actions/checkout@") === true)
    assert.isAtLeast(checkouts.length, 4)
    for (const { id, step } of checkouts) assert.strictEqual(step.with?.["persist-credentials"], false, id)
  })

  it("put nothing that GitHub fills in into a shell's text, and end in time", () => {
    for (const { id, step } of steps) assert.notInclude(step.run ?? "", "${{ github", id)
    for (const { id, job } of jobs) if (job.steps !== undefined) assert.isNumber(job["timeout-minutes"], id)
  })

  it("call scripts and files that are there", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object }
    const called = steps.flatMap(({ step }) =>
      [...(step.run ?? "").matchAll(/npm (?:run )?([\w:-]+)/g)].map(([, name]) => name)
    )
    assert.isAtLeast(called.length, 6)
    for (const name of called) if (name !== "pack") assert.property(scripts, name ?? "")
    const mounted = steps.flatMap(({ step }) =>
      [...(step.run ?? "").matchAll(/\$PWD\/([^:"]+)/g)].map(([, path]) => path)
    )
    assert.deepStrictEqual(mounted, ["test/package/image.yaml"])
    for (const path of mounted) assert.isTrue(existsSync(join(root, path ?? "")), path)
  })

  it("publish only what was checked", () => {
    const release = workflows.find(({ name }) => name === "release.yml")?.workflow.jobs
    assert.deepStrictEqual(release?.["publish"]?.needs, ["check", "build"])
    assert.isTrue(
      release?.["publish"]?.steps?.every(({ uses }) => uses === undefined || /download-artifact@/.test(uses))
    )
  })
})
