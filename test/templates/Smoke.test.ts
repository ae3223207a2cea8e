// `npm run template:smoke` with the real SDK: sandboxes of a simulated E2B begin with what the stages of the real templates
// left in a folder, and real bash runs the checks there. Skipped where curl is missing, which the stages need.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { afterAll, beforeAll } from "vitest"
import { e2bEnvironment } from "../../scripts/template/E2bAccess.ts"
import { run, templatesFolder } from "../../scripts/template/main.ts"
import { readTemplate } from "../../scripts/template/TemplateFolder.ts"
import type { E2BSimulator } from "../../src/simulator/e2b/E2BSimulator.ts"
import { curlIsMissing, startMachine } from "./StageRun.ts"
import type { Machine } from "./StageRun.ts"
import { apiKey, called, services, simulatedE2B } from "./TemplateWorld.ts"

const usual = "github-runner-ubuntu-24.04"
const legacy = "qbox-kodo-ubuntu-16.04"

type Programs = Readonly<Record<string, string>>

/** What the base system and its packages bring: in a sandbox of the simulator these are not this machine's. */
const base: Programs = {
  id: 'case "$1" in -un) echo user ;; -Gn) echo user docker ;; *) echo 1000 ;; esac',
  sudo: 'shift; exec "$@"',
  curl: "printf 200",
  docker: 'case "$1" in info) echo "server 28.2.2, cgroup v2, overlay2" ;; *) echo "Docker version 28.2.2" ;; esac',
  dockerd: "exit 1",
  // Nothing waits.
  sleep: "exit 0",
  chgrp: "exit 0"
}

const programs = (directory: string, texts: Programs) => {
  for (const [name, text] of Object.entries(texts)) {
    const file = join(directory, "usr/local/bin", name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o755)
  }
}

const made: Record<string, { readonly machine: Machine; readonly packaged: Programs }> = {}

beforeAll(async () => {
  if (curlIsMissing) return
  for (const id of [usual, legacy]) {
    const template = await Effect.runPromise(readTemplate(templatesFolder, id).pipe(Effect.provide(NodeServices.layer)))
    const machine = await startMachine(template)
    for (const name of ["tools", "user", "runner"]) {
      const { code, err } = await machine.run(name)
      assert.strictEqual(code, 0, err)
    }
    const named = template.software
      .filter(({ download }) => download === undefined)
      .map(({ command }) => command.replace(/^command -v /, "").split(" ")[0] ?? "")
    made[id] = { machine, packaged: Object.fromEntries(named.map((name) => [name, `echo '${name} 1.0'`])) }
  }
})

afterAll(async () => {
  for (const { machine } of Object.values(made)) await machine.close()
})

/** A simulated E2B with both templates. `change`: what is otherwise in their sandboxes than after the stages. */
const smokeWorld = Effect.fnUntraced(function* (change: (directory: string) => void = () => {}) {
  const templates = [usual, legacy].map((id) => {
    const { machine, packaged } = made[id] ?? assert.fail(id)
    return {
      aliases: [`${id.replaceAll(".", "-")}-dev`],
      copyFrom: machine.root,
      install: (directory: string) => {
        programs(directory, { ...packaged, ...base })
        change(directory)
      }
    }
  })
  const simulator = yield* simulatedE2B({ templates })
  const env = { E2B_API_URL: simulator.url, E2B_SANDBOX_URL: simulator.url }
  const smoke = (id: string, key = apiKey) =>
    run(["smoke", id], templatesFolder, e2bEnvironment({ ...env, E2B_API_KEY: key }))
  return { simulator, smoke, smoked: (id: string, key?: string) => called(smoke(id, key)) }
})

const states = (simulator: E2BSimulator) => simulator.state().sandboxes.map(({ state }) => state)

describe.skipIf(curlIsMissing)("template:smoke", () => {
  it.live("finds all well in a sandbox of the usual template, a line for each, and removes it", () =>
    Effect.gen(function* () {
      const { simulator, smoked } = yield* smokeWorld()
      const { code, out, err } = yield* smoked(usual)
      assert.strictEqual(code, 0, `${out}\n${err}`)
      for (const line of [
        /^ok {4}user +user$/m,
        /^ok {4}clock +\d+ seconds off$/m,
        /^ok {4}network +api\.github\.com answers 200$/m,
        /^ok {4}runner +2\.338\.2$/m,
        /^ok {4}javascript +v24/m,
        /^ok {4}docker +server 28\.2\.2, cgroup v2, overlay2$/m,
        /^ok {4}rclone +rclone v1\.74\.2$/m,
        /^All 30 checks are well\.$/m
      ]) {
        assert.match(out, line)
      }
      assert.deepStrictEqual(states(simulator), ["ended"])
    }).pipe(services)
  )

  it.live("says of the old template that JavaScript actions do not run, and takes that for no failure", () =>
    Effect.gen(function* () {
      const { smoked } = yield* smokeWorld((directory) => {
        writeFileSync(join(directory, "opt/actions-runner/externals/node24/bin/node"), "#!/bin/sh\nexit 1\n")
      })
      const old = yield* smoked(legacy)
      assert.strictEqual(old.code, 0, `${old.out}\n${old.err}`)
      assert.match(old.out, /^ok {4}javascript +JavaScript actions do not run here/m)
      const { code, out } = yield* smoked(usual)
      assert.strictEqual(code, 1)
      assert.match(out, /^FAIL {2}javascript .*\n.*actions\/checkout included/m)
    }).pipe(services)
  )

  /** Each with what its line says. */
  const wrong: ReadonlyArray<{
    readonly what: string
    readonly change: (directory: string) => void
    readonly lines: Readonly<Record<string, string>>
  }> = [
    {
      what: "the machine is not as it should be",
      change: (directory) => {
        programs(directory, {
          id: 'case "$1" in -u) echo 0 ;; *) echo root ;; esac',
          date: "echo 1700000000",
          curl: "exit 6",
          docker: '[ "$1" != info ] && echo 28.2.2'
        })
      },
      lines: {
        user: "commands run as root, not as user",
        clock: "seconds off",
        network: "it ended with 6",
        docker: "Docker does not answer after 30 seconds"
      }
    },
    {
      what: "programs are missing or others, and the runner is one that GitHub refuses, with somebody's registration",
      change: (directory) => {
        rmSync(join(directory, "usr/local/bin/rclone"))
        writeFileSync(join(directory, "opt/actions-runner/.credentials"), "{}")
        programs(directory, {
          id: 'case "$1" in -u) echo 1000 ;; *) echo user ;; esac',
          "../go/bin/go": "echo go1.2",
          "../../../opt/actions-runner/bin/Runner.Listener": "echo 2.328.0"
        })
      },
      lines: {
        user: "user is not in the group docker",
        runner: "GitHub registers no runner before 2.329.0, this is 2.328.0",
        unregistered: "it ended with 1: .credentials",
        go: 'it says "go1.2", expected 1.26.3',
        rclone: "it ended with 127"
      }
    },
    {
      what: "sudo asks for a password, and the runner is not the one of this checkout",
      change: (directory) => {
        programs(directory, {
          sudo: '[ "$2" = true ] || { shift; exec "$@"; }; echo a password is required >&2; exit 1',
          "../../../opt/actions-runner/bin/Runner.Listener": "echo 2.400.0"
        })
      },
      lines: {
        user: "it ended with 1: a password is required",
        runner: "it is 2.400.0, expected 2.338.2"
      }
    }
  ]
  for (const { what, change, lines } of wrong) {
    it.live(`fails with a line for each and what to do when ${what}`, () =>
      Effect.gen(function* () {
        const { simulator, smoked } = yield* smokeWorld(change)
        const { code, out, err } = yield* smoked(usual)
        assert.strictEqual(code, 1)
        const failures = out.split("\n").filter((line) => line.startsWith("FAIL"))
        assert.deepStrictEqual(
          failures.map((line) => line.split(/ +/)[1]),
          Object.keys(lines),
          out
        )
        for (const [index, line] of Object.values(lines).entries()) assert.include(failures[index], line)
        assert.lengthOf(out.match(/^FAIL.*\n {20,}\S.{20,}$/gm) ?? [], failures.length)
        assert.include(err, `${failures.length} of 30 checks failed.`)
        assert.deepStrictEqual(states(simulator), ["ended"])
      }).pipe(services)
    )
  }

  it.live("removes the sandbox when it is stopped in the middle of a check", () =>
    Effect.gen(function* () {
      const { simulator, smoke } = yield* smokeWorld((directory) => {
        programs(directory, { rclone: 'echo waiting >"$SANDBOX_ROOT/waiting"; exec tail -f /dev/null' })
      })
      const fiber = yield* Effect.forkChild(smoke(usual))
      const isWaiting = () =>
        simulator.hosts.opened(simulator.state().sandboxes[0]?.sandboxID ?? "")?.world.files.find("/waiting")
      while ((yield* Effect.promise(async () => isWaiting())) === undefined) yield* Effect.sleep("10 millis")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(states(simulator), ["ended"])
    }).pipe(services)
  )

  it.live("says so when the sandbox cannot be made, or may still be there", () =>
    Effect.gen(function* () {
      const { simulator, smoked } = yield* smokeWorld()
      simulator.faults.add({ operation: "sandbox.kill", answer: { status: 500 } })
      const { code, out, err } = yield* smoked(usual)
      assert.strictEqual(code, 0, out)
      assert.match(err, /Sandbox i\w+ may still be there: .* It ends by itself within 10 minutes\./)
      simulator.faults.add({ operation: "sandbox.create", answer: { failure: "sandbox_capacity_unavailable" } })
      const full = yield* smoked(usual)
      assert.strictEqual(full.code, 1)
      assert.match(full.err, /a sandbox of github-runner-ubuntu-24-04-dev cannot be made: .*not enough capacity/)
      assert.include((yield* smoked(usual, "e2b_ffffffffffffffff")).err, "does not accept the API key")
    }).pipe(services)
  )
})
