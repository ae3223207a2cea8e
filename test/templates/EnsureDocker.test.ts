// `ensure-docker` with stand-ins for Docker: it brings the daemon up, whatever an older process left, and never fails.
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it, onTestFinished } from "vitest"

const scriptFile = "templates/shared/ensure-docker"

/** `docker` answers when the file `up` is there; `dockerd` makes it, when it is asked to work. */
const world = (dockerd: string) => {
  const folder = mkdtempSync(join(tmpdir(), "ensure-docker-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [up, calls, run, log] = ["up", "calls", "run", "dockerd.log"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string
  ]
  const socket = join(folder, "docker.sock")
  writeFileSync(calls, "")
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  program("docker", `[ -e '${up}' ]`)
  program("dockerd", `echo dockerd >>'${calls}'; echo 'dockerd says why'; ${dockerd}`)
  program("sleep", `echo "sleep $1" >>'${calls}'; exec /bin/sleep 0.02`)
  program("chgrp", `echo "chgrp $*" >>'${calls}'`)
  program("sudo", 'shift; exec "$@"')
  return {
    up,
    socket,
    pidFile: join(folder, "docker.pid"),
    remove: (name: string) => rmSync(join(folder, name)),
    calls: () =>
      readFileSync(calls, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
    start: () =>
      spawnSync("bash", [scriptFile], {
        encoding: "utf8",
        env: { PATH: `${folder}:/usr/bin:/bin`, ENSURE_DOCKER_RUN_FOLDER: folder, ENSURE_DOCKER_LOG: log, RUN: run }
      })
  }
}

describe("ensure-docker", () => {
  it("starts the daemon, waits until it answers, and lets everybody use its socket", () => {
    const { start, calls, socket } = world(
      `: >"$ENSURE_DOCKER_RUN_FOLDER/docker.sock"; : >"$ENSURE_DOCKER_RUN_FOLDER/up"`
    )
    const { status, stderr } = start()
    assert.strictEqual(status, 0)
    assert.strictEqual(stderr, "")
    assert.lengthOf(
      calls().filter((call) => call === "dockerd"),
      1
    )
    assert.include(calls(), `chgrp docker ${socket}`)
    assert.strictEqual(statSync(socket).mode & 0o777, 0o666)
  })

  it("leaves a daemon that answers alone", () => {
    const { start, calls, up, socket } = world("exit 1")
    writeFileSync(up, "")
    writeFileSync(socket, "")
    assert.strictEqual(start().status, 0)
    assert.deepStrictEqual(calls(), [`chgrp docker ${socket}`])
  })

  it("does not believe a pid file whose process is gone, or is another by now", () => {
    const comesUp = `: >"$ENSURE_DOCKER_RUN_FOLDER/up"`
    const gone = world(comesUp)
    writeFileSync(gone.pidFile, "4194300")
    assert.strictEqual(gone.start().status, 0)
    assert.include(gone.calls(), "dockerd")
    assert.isFalse(existsSync(gone.pidFile))
    const other = world(comesUp)
    writeFileSync(other.pidFile, String(process.pid))
    assert.strictEqual(other.start().status, 0)
    assert.include(other.calls(), "dockerd")
  })

  it("gives up after 30 seconds with the end of the daemon's log, and still ends with 0", () => {
    const { start, calls } = world("exit 1")
    const { status, stderr } = start()
    assert.strictEqual(status, 0)
    assert.include(stderr, "Docker does not answer after 30 seconds")
    assert.include(stderr, "dockerd says why")
    assert.lengthOf(
      calls().filter((call) => call === "sleep 1"),
      30
    )
  })

  it("does nothing where there is no Docker", () => {
    const { start, calls, remove } = world("exit 1")
    remove("docker")
    remove("dockerd")
    assert.strictEqual(start().status, 0)
    assert.deepStrictEqual(calls(), [])
  })
})
