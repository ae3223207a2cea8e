// The machine on which the documents' commands are run: a runnerd between the simulators, and stand-ins for the programs that
// need more rights than a test has.
//
// Answers for: running a document's blocks as one script of bash, as they stand there but for the places of an installation
// (/etc/runnerd, /var/lib/runnerd, /opt/runnerd, port 25500) and the seconds of a profile. `sudo` runs the command as whoever
// runs the test; `systemctl` starts and stops the world's runnerd. Not for what the commands should have done (Commands.test.ts).
import { execFile, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { adminToken } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { freePort } from "../support/FreePort.ts"
import { entry, openWorld, type World } from "../support/World.ts"
import { at, type Block } from "./Documents.ts"

/** The template that README's spec names. */
export const template = "github-runner-ubuntu-24-04"

const has = (program: string) => spawnSync("bash", ["-c", `command -v ${program}`]).status === 0

/** What bash runs for the word curl. */
export const curls: Readonly<Record<string, string | undefined>> = {
  curl: has("curl") ? "command curl" : undefined,
  "a stand-in of curl": `"${process.execPath}" "${fileURLToPath(new URL("../support/CurlStandIn.ts", import.meta.url))}"`
}

/** Programs that these blocks run and that this machine has not. */
export const missing = (blocks: ReadonlyArray<Block>): ReadonlyArray<string> =>
  ["bash", "jq", "openssl"].filter(
    (program) =>
      (program === "bash" || blocks.some(({ text }) => new RegExp(`\\b${program} `).test(text))) && !has(program)
  )

export interface Ran {
  readonly code: number
  /** Where it ran. */
  readonly cwd: string
  /** What each block printed, by its place; standard error is among it. */
  readonly output: ReadonlyMap<string, string>
  readonly all: string
}

export interface CommandsWorld extends World {
  readonly url: string
  /** What systemctl was asked for. */
  readonly asked: ReadonlyArray<string>
  readonly runBlocks: (
    blocks: ReadonlyArray<Block>,
    options?: {
      readonly curl?: string | undefined
      readonly env?: Readonly<Record<string, string>>
      /** In a folder of its own instead of the installation's, which holds these files, for their owner alone. */
      readonly elsewhere?: Readonly<Record<string, string>>
      /** Commands of the test's own, after the block that holds the words. */
      readonly then?: { readonly words: string; readonly commands: string }
    }
  ) => Promise<Ran>
}

const program = (file: string, text: string) => {
  writeFileSync(file, text)
  chmodSync(file, 0o755)
}

export const openCommandsWorld = async (): Promise<CommandsWorld> => {
  const port = await freePort()
  const world = await openWorld({
    templates: [template],
    scripted: true,
    settings: { "server.http_addr": `127.0.0.1:${port}`, "database.url": "var/runnerd.db" }
  })
  const url = `http://127.0.0.1:${port}`
  const asked: Array<string> = []
  let runnerd: RunnerdProcess = await world.start()

  const act = async (verb: string) => {
    asked.push(verb)
    if (verb !== "start") await runnerd.stop()
    if (verb !== "stop") runnerd = await world.start()
  }
  const manager = createServer((request, response) => {
    void act((request.url ?? "").slice(1)).then(
      () => response.end(),
      (failure: unknown) => response.writeHead(500).end(String(failure))
    )
  })
  await new Promise<void>((resolve) => manager.listen(0, "127.0.0.1", resolve))

  const bin = join(world.folder, "bin")
  mkdirSync(bin)
  mkdirSync(join(world.folder, "secrets"))
  writeFileSync(join(world.folder, "secrets/admin-token"), `${adminToken}\n`)
  program(join(bin, "sudo"), '#!/bin/sh\nif [ "$1" = -u ]; then shift 2; fi\nexec "$@"\n')
  program(join(bin, "runnerd"), `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`)
  const managerUrl = `http://127.0.0.1:${(manager.address() as AddressInfo).port}`
  const ask = `fetch("${managerUrl}/" + process.argv[1]).then(async (answer) => { if (!answer.ok) throw new Error(await answer.text()) })`
  program(join(bin, "systemctl"), `#!/bin/sh\nexec "${process.execPath}" -e '${ask}' "$1"\n`)

  const inThisWorld = (text: string) =>
    text
      .replaceAll("http://127.0.0.1:25500", url)
      .replaceAll("/opt/runnerd/dist/main.js", entry)
      .replaceAll("node dist/main.js", `node ${entry}`)
      .replaceAll("/etc/runnerd/", `${world.folder}/`)
      .replaceAll("/var/lib/runnerd/", `${world.folder}/var/`)
      .replaceAll(/(--seconds |seconds=)30\b/g, "$11")

  const runBlocks: CommandsWorld["runBlocks"] = (blocks, { curl, elsewhere, env, then } = {}) => {
    const parts = blocks.map(
      (block) =>
        `printf '\\n=== %s\\n' '${at(block)}'\n${inThisWorld(block.text)}` +
        (then !== undefined && block.text.includes(then.words) ? inThisWorld(then.commands) : "")
    )
    const script = `${curl === undefined ? "" : `curl() { ${curl} "$@"; }\n`}exec 2>&1\n${parts.join("\n")}`
    const cwd = elsewhere === undefined ? world.folder : mkdtempSync(join(world.folder, "elsewhere-"))
    for (const [name, content] of Object.entries(elsewhere ?? {})) {
      writeFileSync(join(cwd, name), content, { mode: 0o600 })
    }
    const path = [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter)
    return new Promise((resolve) => {
      const options = { cwd, env: { ...process.env, PATH: path, ADMIN_TOKEN: adminToken, ...env } }
      const child = execFile("bash", ["-euo", "pipefail", "-c", script], options, (_, all) => {
        const output = all.split(/^=== (.+)$/m).slice(1)
        resolve({
          code: child.exitCode ?? 1,
          cwd,
          all,
          output: new Map(output.flatMap((_, i) => (i % 2 === 0 ? [[output[i]!, output[i + 1]!.trim()]] : [])))
        })
      })
    })
  }

  return {
    ...world,
    url,
    asked,
    runBlocks,
    close: async () => {
      await new Promise((resolve) => manager.close(resolve))
      await world.close()
    }
  }
}
