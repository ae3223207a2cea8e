// The stages of both templates, run for real in a folder: their order, what they leave behind, and that they stop at a
// download that is not what the lock file says. Skipped where curl is missing.
import { existsSync, readFileSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import { afterAll, assert, beforeAll, describe, it, onTestFinished } from "vitest"
import { templatesFolder } from "../../scripts/template/main.ts"
import { readTemplate } from "../../scripts/template/TemplateFolder.ts"
import { curlIsMissing, startMachine } from "./StageRun.ts"
import type { StageResult } from "./StageRun.ts"

const usual = "github-runner-ubuntu-24.04"
const legacy = "qbox-kodo-ubuntu-16.04"

const newMachine = async (id: string) => {
  const template = await Effect.runPromise(readTemplate(templatesFolder, id).pipe(Effect.provide(NodeServices.layer)))
  const machine = await startMachine(template)
  const inside = (path: string) => join(machine.root, path)
  const read = (path: string) => readFileSync(inside(path), "utf8")
  return { ...machine, template, inside, read }
}

const machineOf = async (id: string) => {
  const machine = await newMachine(id)
  onTestFinished(machine.close)
  return machine
}

const programs = {
  [usual]: ["rclone", "gh", "task", "gofumpt", "staticcheck", "tofu", "terraform", "node", "npm", "go", "gofmt"],
  [legacy]: ["rclone", "go", "gofmt"]
}

const order = ["packages", "tools", "user", "runner", "software-list"]

const left = ["var/lib/apt/lists/archive.ubuntu.com_InRelease", "root/.cache", "usr/sbin/policy-rc.d"]

for (const id of [usual, legacy] as const) {
  describe.skipIf(curlIsMissing)(`the stages of ${id}`, () => {
    let world: Awaited<ReturnType<typeof newMachine>>
    const results: Array<StageResult> = []

    beforeAll(async () => {
      world = await newMachine(id)
      for (const name of order) results.push(await world.run(name))
    })
    afterAll(() => world.close())

    it("are those that a build runs, in this order, and end well", () => {
      assert.deepStrictEqual(
        world.template.stages.map(({ script }) => basename(script, ".sh")),
        order
      )
      for (const { code, err } of results) assert.strictEqual(code, 0, err)
      const calls = world.calls()
      const places = [
        /^apt-get .*update$/,
        /^apt-get .*install .* curl /,
        /^download go/,
        /^useradd .*user$/,
        /^usermod .*docker user$/,
        /^visudo/,
        /^download actions-runner$/,
        /^ldd /
      ].map((call) => calls.findIndex((line) => call.test(line)))
      assert.notInclude(places, -1)
      assert.deepStrictEqual(
        places,
        places.toSorted((a, b) => a - b)
      )
    })

    it("install what they download, rclone among it, and the runner for the user that jobs run as", () => {
      const { inside, calls } = world
      for (const program of programs[id]) {
        assert.notStrictEqual(statSync(inside(`usr/local/bin/${program}`)).mode & 0o111, 0, program)
      }
      assert.isTrue(existsSync(inside("opt/actions-runner/config.sh")))
      assert.include(calls(), `chown -R user:user ${inside("opt/actions-runner")}`)
      assert.strictEqual(statSync(inside("etc/sudoers.d/runnerd-user")).mode & 0o777, 0o440)
      assert.isTrue(existsSync(inside("usr/local/bin/ensure-docker")))
    })

    it("end with the list of the software and its versions, which stays in the image", () => {
      const list = world.read("opt/runnerd-template/software.txt")
      for (const { name, download } of world.template.software) {
        const version = download === undefined ? "" : (world.template.downloads[download]?.version ?? "")
        assert.isTrue(
          list.split("\n").some((line) => line.startsWith(name) && line.includes(version)),
          `${name} ${version} in\n${list}`
        )
      }
      assert.isTrue(results.at(-1)?.out.endsWith(list))
    })

    it("leave no caches behind, and nothing that keeps daemons from starting", () => {
      assert.deepStrictEqual(
        left.filter((path) => existsSync(world.inside(path))),
        []
      )
      assert.isAtLeast(world.calls().filter((call) => call === "apt-get clean").length, 2)
    })

    if (id === usual) {
      it("put Terraform and OpenTofu where the actions that set them up look first", () => {
        for (const tool of ["terraform", "tofu"]) {
          const folder = world.inside(`opt/hostedtoolcache/${tool}/${world.template.downloads[tool]?.version}`)
          assert.isTrue(existsSync(`${folder}/x64/${tool}`), folder)
          assert.isTrue(existsSync(`${folder}/x64.complete`), folder)
        }
      })
    } else {
      it("leave each Go in a folder of its own, and the newest as the default", () => {
        assert.include(world.read("usr/local/go/bin/go"), "go1.24.6")
        for (const version of ["1.12.17", "1.21.13", "1.23.11"]) {
          assert.include(world.read(`usr/local/go${version}/bin/go`), `go${version}`)
        }
      })
    }
  })
}

describe.skipIf(curlIsMissing)("packages", () => {
  it("are installed while no daemon may start", async () => {
    const { run, standIn, inside } = await machineOf(usual)
    standIn("apt-get", `case "$*" in *install*) '${inside("usr/sbin/policy-rc.d")}'; [ $? -eq 101 ] || exit 7 ;; esac`)
    assert.strictEqual((await run("packages")).code, 0)
  })

  it("of Docker's own are installed on Ubuntu 16.04, again while no daemon may start", async () => {
    const { run, standIn, inside, read } = await machineOf(legacy)
    standIn(
      "dpkg",
      `'${inside("usr/sbin/policy-rc.d")}'; [ $? -eq 101 ] && cat "$2" "$3" "$4" >'${inside("installed")}'`
    )
    const { code, err } = await run("tools")
    assert.strictEqual(code, 0, err)
    assert.strictEqual(
      read("installed"),
      "package 1.4.6-1package 5:20.10.7~3-0~ubuntu-xenialpackage 5:20.10.7~3-0~ubuntu-xenial"
    )
  })

  it("that cannot be installed stop the stage", async () => {
    const { run, standIn } = await machineOf(usual)
    standIn("apt-get", 'case "$*" in *install*) exit 100 ;; esac')
    const { code, err } = await run("packages")
    assert.strictEqual(code, 1)
    assert.include(err, "packages.txt")
  })
})

describe.skipIf(curlIsMissing)("a download", () => {
  it.each([
    ["rclone", "tools", usual, "usr/local/bin/rclone"],
    ["rclone", "tools", legacy, "usr/local/bin/rclone"],
    ["actions-runner", "runner", usual, "opt/actions-runner"],
    ["docker", "tools", legacy, "usr/local/bin/rclone"]
  ] as const)(
    "of %s with another checksum stops the stage %s of %s at once, and nothing of it is installed",
    async (name, stage, id, path) => {
      const { run, lock, calls, inside } = await machineOf(id)
      const entry = lock.downloads[name]
      if (entry === undefined) throw new Error(name)
      const right = entry.sha256
      entry.sha256 = "0".repeat(64)
      const { code, err } = await run(stage)
      assert.strictEqual(code, 1)
      assert.include(err, `the checksum of ${name} is wrong: sha256 is ${right}, the lock file says ${entry.sha256}`)
      assert.isFalse(existsSync(inside(path)))
      assert.lengthOf(
        calls().filter((call) => call === `download ${name}`),
        1
      )
      if (name === "docker") assert.notInclude(calls().join("\n"), "dpkg")
    }
  )

  it("whose checksum is not known is not even begun", async () => {
    const { run, lock, calls } = await machineOf(usual)
    const { gh } = lock.downloads
    if (gh !== undefined) gh.sha256 = ""
    const { code, err } = await run("tools")
    assert.strictEqual(code, 1)
    assert.include(err, "the checksum of gh is not known; run: npm run template:lock")
    assert.deepStrictEqual(calls(), [])
  })

  it("that fails is tried again, five times at most, each time later", async () => {
    const { run, fail, calls } = await machineOf(usual)
    fail("actions-runner", 2)
    assert.strictEqual((await run("runner")).code, 0)
    assert.deepStrictEqual(
      calls().filter((call) => /^(download|sleep)/.test(call)),
      ["download actions-runner", "sleep 1", "download actions-runner", "sleep 2", "download actions-runner"]
    )
    fail("actions-runner", 5)
    const { code, err } = await run("runner")
    assert.strictEqual(code, 1)
    assert.match(err, /actions-runner could not be downloaded from .* \(curl ended with 22\)/)
    assert.lengthOf(
      calls().filter((call) => call === "download actions-runner"),
      8
    )
  })
})

describe.skipIf(curlIsMissing)("the runner's stage", () => {
  it("fails when the archive holds another version than the lock file says", async () => {
    const { run, lock } = await machineOf(usual)
    const runner = lock.downloads["actions-runner"]
    if (runner !== undefined) runner.version = "2.400.0"
    assert.include((await run("runner")).err, "and not 2.400.0")
  })

  it("names the libraries that the runner misses, the optional one for tracing excepted", async () => {
    const { run, standIn } = await machineOf(usual)
    standIn("ldd", "echo '  liblttng-ust.so.0 => not found'")
    assert.strictEqual((await run("runner")).code, 0)
    standIn("ldd", "echo '  libicuuc.so.55 => not found'")
    const { code, err } = await run("runner")
    assert.strictEqual(code, 1)
    assert.match(err, /packages\.txt[^]*libicuuc\.so\.55/)
  })
})

describe.skipIf(curlIsMissing)("the list of software", () => {
  it("fails with every program that is missing or has another version", async () => {
    const { run, standIn } = await machineOf(usual)
    await run("tools")
    standIn("cmake", "exit 127")
    standIn("git", "exit 1")
    const { code, err } = await run("software-list")
    assert.strictEqual(code, 1)
    assert.match(err, /MISSING cmake[^]*MISSING git:[^]*MISSING git-lfs/)
    assert.include(err, "3 of 23 programs are not as they should be")
  })
})
