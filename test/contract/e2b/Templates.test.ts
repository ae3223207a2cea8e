// Building templates with the SDK's own builder, their tags, and what can be made from them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { BuildError, Template, TemplateError } from "e2b"
import type { LogEntry } from "e2b"
import { assert, describe, it, onTestFinished } from "vitest"
import { ManualTimeline } from "../../simulator/e2b/ManualTimeline.ts"
import { rejection, simulate } from "./SimulatorFixture.ts"

const world = async () => {
  const made = await simulate({
    templates: [
      { aliases: ["base"], envs: { FROM_BASE: "1" } },
      { aliases: ["theirs"], foreign: true }
    ]
  })
  await made.control("PUT", "builds", { stepMs: 1 })
  return made
}

const folder = (files: Readonly<Record<string, string>>): string => {
  const directory = mkdtempSync(join(tmpdir(), "template-"))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return directory
}

describe("a build", () => {
  it("walks its steps, tells of each, and is usable afterwards with its environment", async () => {
    const { e2b } = await world()
    const lines: Array<string> = []
    const template = Template().fromTemplate("base").setEnvs({ ADDED: "2" }).runCmd("apt-get install jq")
    const built = await e2b.Template.build(template, "gh-runner", {
      cpuCount: 4,
      memoryMB: 2048,
      onBuildLogs: (entry: LogEntry) => lines.push(entry.message)
    })
    assert.strictEqual(built.name, "gh-runner")
    for (const part of ["FROM base", "ENV ADDED 2", "RUN apt-get install jq"]) {
      assert.isTrue(
        lines.some((line) => line.includes(part)),
        `${part} in ${lines.join("\n")}`
      )
    }
    assert.isTrue(await e2b.Template.exists("gh-runner"))
    const sandbox = await e2b.Sandbox.create("gh-runner")
    assert.strictEqual((await sandbox.commands.run("echo $FROM_BASE$ADDED")).stdout, "12\n")
    const info = await sandbox.getInfo()
    assert.deepStrictEqual([info.cpuCount, info.memoryMB], [4, 2048])
  })

  it("uploads what it copies, and only once", async () => {
    const { e2b, simulator } = await world()
    const directory = folder({ "start.sh": "echo hello" })
    const template = Template({ fileContextPath: directory }).fromImage("ubuntu:24.04").copy("start.sh", "/start.sh")
    await e2b.Template.build(template, "copying")
    simulator.faults.add({ operation: "template.upload", answer: { status: 500 } })
    await e2b.Template.build(template, "copying")
    assert.lengthOf(simulator.faults.pending(), 1)
  })

  it("is not given an upload whose length is not the one it declares", async () => {
    const { simulator, api } = await world()
    const { data } = await api.POST("/v3/templates", { body: { name: "raw" } })
    const params = { path: { templateID: data?.templateID ?? "", hash: "a".repeat(64) } }
    const address = async () => (await api.GET("/templates/{templateID}/files/{hash}", { params })).data
    const url = (await address())?.url ?? ""
    assert.isTrue(url.startsWith(simulator.url))
    const body = new ReadableStream({
      start: (stream) => {
        stream.enqueue(new TextEncoder().encode("tar"))
        stream.close()
      }
    })
    const chunked = await fetch(url, { method: "PUT", body, duplex: "half" })
    assert.strictEqual(chunked.status, 411)
    assert.isFalse((await address())?.present)
    assert.strictEqual((await fetch(url, { method: "PUT", body: "tar" })).status, 200)
    assert.isTrue((await address())?.present)
  })

  it("whose upload fails is an error of the upload", async () => {
    const { e2b, simulator } = await world()
    simulator.faults.add({ operation: "template.upload", answer: { status: 500 } })
    const directory = folder({ "start.sh": "echo hello" })
    const template = Template({ fileContextPath: directory }).fromImage("ubuntu:24.04").copy("start.sh", "/start.sh")
    const error = await rejection(e2b.Template.build(template, "copying"))
    assert.strictEqual(error.name, "FileUploadError")
  })

  it("that fails at a step says which, and leaves the tag with the build before it", async () => {
    const { e2b, control, api } = await world()
    const template = Template().fromImage("ubuntu:24.04").runCmd("true").runCmd("make")
    await e2b.Template.build(template, "gh-runner", { cpuCount: 1 })
    await control("PUT", "builds", { stepMs: 1, failAt: { step: "2", message: "exit status 2", times: 1 } })
    const error = await rejection(e2b.Template.build(template, "gh-runner", { cpuCount: 4 }))
    assert.instanceOf(error, BuildError)
    assert.match(error.message, /exit status 2/)
    assert.isUndefined(error.statusCode)
    const { data } = await api.GET("/templates/{templateID}", { params: { path: { templateID: "gh-runner" } } })
    assert.deepStrictEqual(
      data?.builds.map(({ status }) => status),
      ["error", "ready"]
    )
    const sandbox = await e2b.Sandbox.create("gh-runner")
    assert.strictEqual((await sandbox.getInfo()).cpuCount, 1)
    await e2b.Template.build(template, "gh-runner")
  })

  it("from a base that does not exist fails at its base", async () => {
    const { e2b } = await world()
    const error = await rejection(e2b.Template.build(Template().fromTemplate("nowhere"), "gh-runner"))
    assert.instanceOf(error, BuildError)
    assert.strictEqual((await rejection(e2b.Sandbox.create("gh-runner"))).statusCode, 404)
  })

  it("in the background is waiting, then building, then ready, with the log from an offset", async () => {
    const timeline = new ManualTimeline()
    const { e2b } = await simulate({ timeline })
    const template = Template().fromImage("ubuntu:24.04").runCmd("true")
    const build = await e2b.Template.buildInBackground(template, "gh-runner")
    const statusAfter = async (millis: number) => {
      timeline.advance(millis)
      return (await e2b.Template.getBuildStatus(build)).status
    }
    assert.deepStrictEqual(
      [await statusAfter(0), await statusAfter(20), await statusAfter(20), await statusAfter(1000)],
      ["waiting", "building", "building", "ready"]
    )
    const all = await e2b.Template.getBuildStatus(build)
    const rest = await e2b.Template.getBuildStatus(build, { logsOffset: 1 })
    assert.strictEqual(rest.logEntries.length, all.logEntries.length - 1)
    assert.isEmpty((await e2b.Template.getBuildStatus(build, { logsOffset: all.logEntries.length })).logEntries)
    assert.isEmpty(all.logs)
  })

  it("is refused with 400 for a size that the plan does not have, and with 429 beyond its builds at once", async () => {
    const { e2b, control } = await world()
    await control("PUT", "plan", { maxConcurrent: 1, maxHours: 1, maxCpuCount: 2, concurrentBuilds: 0 })
    const template = Template().fromImage("ubuntu:24.04")
    assert.match((await rejection(e2b.Template.build(template, "big", { cpuCount: 4 }))).message, /CPU count/)
    assert.match((await rejection(e2b.Template.build(template, "odd", { memoryMB: 1001 }))).message, /even number/)
    const tooMany = await rejection(e2b.Template.build(template, "many"))
    assert.match(tooMany.message, /concurrent template builds/)
  })

  it("may not be started twice, nor without a base", async () => {
    const { api } = await world()
    const { data } = await api.POST("/v3/templates", { body: { name: "raw" } })
    const params = { path: { templateID: data?.templateID ?? "", buildID: data?.buildID ?? "" } }
    const start = (body: { readonly fromImage?: string }) =>
      api.POST("/v2/templates/{templateID}/builds/{buildID}", { params, body })
    assert.strictEqual((await start({})).response.status, 400)
    assert.strictEqual((await start({ fromImage: "ubuntu:24.04" })).response.status, 202)
    assert.strictEqual((await start({ fromImage: "ubuntu:24.04" })).response.status, 400)
  })
})

describe("tags", () => {
  it("choose a build, by name and tag, and are assigned, listed and removed", async () => {
    const { e2b } = await world()
    const build = (version: string, name: string) =>
      e2b.Template.build(Template().fromImage("ubuntu:24.04").setEnvs({ VERSION: version }), name)
    await build("one", "gh-runner:v1")
    const two = await build("two", "gh-runner:v2")
    const versionOf = async (name: string) =>
      (await (await e2b.Sandbox.create(name)).commands.run("echo $VERSION")).stdout.trim()
    assert.deepStrictEqual([await versionOf("gh-runner:v1"), await versionOf("gh-runner:v2")], ["one", "two"])
    assert.strictEqual((await rejection(e2b.Sandbox.create("gh-runner"))).statusCode, 404)
    await e2b.Template.assignTags("gh-runner:v2", ["default", "stable"])
    assert.strictEqual(await versionOf("gh-runner"), "two")
    const tags = await e2b.Template.getTags("gh-runner")
    assert.deepStrictEqual(tags.map(({ tag }) => tag).toSorted(), ["default", "stable", "v1", "v2"])
    assert.strictEqual(tags.find(({ tag }) => tag === "stable")?.buildId, two.buildId)
    await e2b.Template.removeTags("gh-runner", "v1")
    assert.strictEqual((await rejection(e2b.Sandbox.create("gh-runner:v1"))).statusCode, 404)
    const unknown = await rejection(e2b.Template.removeTags("gh-runner", "v1"))
    assert.instanceOf(unknown, TemplateError)
  })
})

describe("another team's template", () => {
  it("is known by name, and nothing can be made from it or of its name", async () => {
    const { e2b, api } = await world()
    assert.isTrue(await e2b.Template.exists("theirs"))
    assert.strictEqual((await rejection(e2b.Sandbox.create("theirs"))).statusCode, 404)
    const { response } = await api.GET("/templates/{templateID}", { params: { path: { templateID: "theirs" } } })
    assert.strictEqual(response.status, 404)
    const taken = await rejection(e2b.Template.build(Template().fromImage("ubuntu:24.04"), "theirs"))
    assert.match(taken.message, /used by another team/)
  })
})

describe("the control interface of builds", () => {
  it("refuses plans that make no sense", async () => {
    const { control } = await world()
    assert.match((await rejection(control("PUT", "builds", { stepMs: -1 }))).message, /stepMs/)
    const odd = { failAt: { step: "third" } }
    assert.match((await rejection(control("PUT", "builds", odd))).message, /failAt.step/)
  })
})
