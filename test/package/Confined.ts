// Commands as a hardened container or service runs them: as a user without privileges, on a file system that is read-only but for
// one folder.
//
// Answers for: the confinement, and a copy of Node.js that this user may run. As root, which CI is, the user is another one and
// has no capabilities; where Linux lets us, every file system is read-only below a mount namespace of the command's own, else only the
// tree's modes say so. Gotcha: root may write whatever modes say, so without another user the test would prove nothing.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { chmodSync, chownSync, copyFileSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"

/** As the image's (Dockerfile). */
const nobody = 65_532
const isRoot = process.getuid?.() === 0

/** Mounts `$1` once more, so that it stays writable when what is around it does not. */
const readOnlyExcept = `
  mount --bind "$1" "$1" && mount -o remount,ro,bind / || exit 125
  shift
  exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"`

/** Whether mount namespaces may be made here. */
export const hasMountNamespaces =
  isRoot && spawnSync("unshare", ["--mount", "sh", "-c", "mount -o remount,ro,bind / && setpriv --help"]).status === 0

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Confinement {
  /** The folder that may be written. */
  readonly state: string
  readonly node: string
  /** Starts Node.js with these arguments. */
  readonly start: (args: ReadonlyArray<string>) => ChildProcess
  /** Runs Node.js with these arguments to its end. */
  readonly run: (args: ReadonlyArray<string>) => Promise<Ended>
}

const makeReadOnly = (tree: string): void => {
  execFileSync("chmod", ["-R", "a-w,a+rX", tree])
}

/** `tree`: what is read-only from now on. Its parent folder gets the folder that may be written. */
export const confine = (tree: string): Confinement => {
  const home = dirname(tree)
  const state = join(home, "state")
  const node = join(home, "node")
  mkdirSync(state)
  copyFileSync(process.execPath, node)
  chmodSync(node, 0o755)
  chmodSync(home, 0o755)
  if (isRoot) chownSync(state, nobody, nobody)
  makeReadOnly(tree)
  const command = hasMountNamespaces ? "unshare" : node
  const before = hasMountNamespaces ? ["--mount", "sh", "-c", readOnlyExcept, "sh", state, node] : []
  const start = (args: ReadonlyArray<string>): ChildProcess => {
    return spawn(command, [...before, ...args], {
      cwd: state,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: `${home}:/usr/bin:/bin`, HOME: "/nonexistent", TMPDIR: state, SQLITE_TMPDIR: state },
      ...(isRoot && !hasMountNamespaces ? { uid: nobody, gid: nobody } : {})
    })
  }
  const run = (args: ReadonlyArray<string>) =>
    new Promise<Ended>((resolve, reject) => {
      const child = start(args)
      let out = ""
      let err = ""
      child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text))
      child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text))
      child.once("error", reject)
      child.once("close", (code) => resolve({ code, out, err }))
    })
  return { state, node, start, run }
}

/** Where a started runnerd listens, by its log; rejects with the log when it ends before. */
export const listening = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    const log: Array<string> = []
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on("line", (line) => {
        log.push(line)
        const port = line.includes("runnerd listens") ? /:(\d+)"/.exec(line)?.[1] : undefined
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`)
      })
    }
    child.once("error", reject)
    child.once("close", (code) => reject(new Error(`runnerd ended with ${code}:\n${log.join("\n")}`)))
  })

/** Makes what is below writable again, so that it can be removed. */
export const release = (folder: string): void => {
  execFileSync("chmod", ["-R", "u+w", folder])
}
