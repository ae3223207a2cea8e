// The image cannot be built where the tests run: its files are held to what is there, and Package.test.ts runs what it holds.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { DockerfileParser } from "dockerfile-ast"
import { validate } from "dockerfile-utils"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { loadText } from "../support/ConfigFiles.ts"
import { copied, execForm, last, letThrough } from "./ImageFiles.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")
const dockerfile = read("Dockerfile")

describe("the image", () => {
  it("has a Dockerfile in which a linter finds nothing, and finds something once it is broken", () => {
    assert.deepStrictEqual(validate(dockerfile), [])
    assert.isNotEmpty(validate(dockerfile.replace("EXPOSE 25500", "EXPOSE port")))
  })

  it("is made of files that exist and that .dockerignore lets through, which lets nothing else through", () => {
    const files = copied(dockerfile)
    assert.isAtLeast(files.length, 10)
    for (const file of files) assert.isTrue(existsSync(join(root, file)), file)
    const tops = new Set(files.map((file) => file.split("/")[0] ?? ""))
    assert.sameMembers([...tops], [...letThrough(read(".dockerignore"))])
    assert.match(read(".dockerignore"), /^\*$/m)
  })

  it("runs the Node.js that the tests run on", () => {
    const { devDependencies } = JSON.parse(read("package.json")) as { devDependencies: Record<string, string> }
    assert.strictEqual(/^ARG NODE_VERSION=(.*)$/m.exec(dockerfile)?.[1], devDependencies["node"])
  })

  it("needs no emulation for another platform: in stages of that platform nothing is run", () => {
    const parsed = DockerfileParser.parse(dockerfile)
    const stages = parsed.getFROMs()
    const stageOf = (line: number) => stages.findLast((from) => (from.getRange()?.start.line ?? 0) < line)
    const runs = parsed.getInstructions().filter((instruction) => instruction.getKeyword() === "RUN")
    for (const run of runs) {
      const stage = stageOf(run.getRange().start.line)
      assert.strictEqual(stage?.getPlatformFlag()?.getValue(), "$BUILDPLATFORM", run.getArgumentsContent() ?? "")
    }
    assert.isAtLeast(runs.length, 2)
    assert.strictEqual(stages.length, 3)
  })

  it("ends in a user without privileges, whose files are on a volume, and starts runnerd without a shell", () => {
    assert.strictEqual(last(dockerfile, "USER"), "65532:65532")
    assert.strictEqual(last(dockerfile, "VOLUME"), "/var/lib/runnerd")
    assert.strictEqual(last(dockerfile, "WORKDIR"), "/var/lib/runnerd")
    assert.strictEqual(last(dockerfile, "ENV"), "SQLITE_TMPDIR=/var/lib/runnerd")
    assert.deepStrictEqual(execForm(dockerfile, "ENTRYPOINT"), ["/usr/local/bin/node", "/app/dist/main.js"])
    assert.deepStrictEqual(execForm(dockerfile, "CMD"), ["--config", "/etc/runnerd/runnerd.yaml"])
    const [, port] = /^ {2}http_addr: ":(\d+)"$/m.exec(read("runnerd.yaml.example")) ?? []
    assert.strictEqual(last(dockerfile, "EXPOSE"), port)
  })

  it("is started by its workflow with a configuration that is valid and reaches nobody", async () => {
    const { e2b, github, server } = await Effect.runPromise(loadText(read("test/package/image.yaml")))
    assert.deepStrictEqual([e2b.apiUrl, github.apiBaseUrl], ["http://127.0.0.1:1", "http://127.0.0.1:1"])
    assert.strictEqual(String(server.port), last(dockerfile, "EXPOSE"))
  })
})
