// Runs a development command in a checkout that may be brand new.
//
// Answers for: dependencies that match the lockfile (a stamp in node_modules tells), a dist/ that matches
// src/, and the project's own Node (the `node` package) running the command, whatever Node the system has.
// Plain JavaScript on purpose: it runs before anything is installed, on any Node >= 20.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const bin = join(root, "node_modules", ".bin")

const run = (command, args, options = {}) => {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${bin}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`,
      ...options.env
    }
  })
  if (result.error !== undefined) {
    console.error(`${command} could not be started: ${result.error.message}`)
    return 1
  }
  return result.status ?? 1
}

const must = (status) => {
  if (status !== 0) process.exit(status)
}

const digest = (files) => {
  const hash = createHash("sha256")
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest("hex")
}

const upToDate = (stamp, wanted) => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted

const install = () => {
  const stamp = join(root, "node_modules", ".runnerd-install-stamp")
  const wanted = `${process.platform}-${process.arch} ${digest(["package-lock.json"])}`
  if (upToDate(stamp, wanted)) return
  console.log("Installing dependencies (npm ci) …")
  must(run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
  writeFileSync(stamp, wanted)
}

const sources = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort()

// A build is left alone while what it was made of has not changed.
const buildOnce = (stamp, files, make) => {
  const wanted = digest(files)
  if (upToDate(stamp, wanted)) return
  make()
  writeFileSync(stamp, wanted)
}

const dist = join(root, "dist")
const consoleFolder = join(dist, "console")

const build = () => {
  const service = [...sources("src"), "tsconfig.json", "tsconfig.build.json", "package-lock.json"]
  buildOnce(join(dist, ".runnerd-build-stamp"), service, () => {
    console.log("Building dist/ …")
    for (const entry of existsSync(dist) ? readdirSync(dist) : []) {
      if (entry !== "console") rmSync(join(dist, entry), { recursive: true, force: true })
    }
    // Without a look at types, which takes three quarters of the time and is what `check` is for.
    must(run("tsc", ["-p", "tsconfig.build.json"]))
    must(run("node", ["scripts/copy-assets.mjs"]))
  })
  const ui = [...sources("ui"), "scripts/compress-console.mjs", "tsconfig.json", "package-lock.json"]
  buildOnce(join(consoleFolder, ".runnerd-build-stamp"), ui, () => {
    console.log("Building the console …")
    must(run("vite", ["build", "--config", "ui/vite.config.ts", "--logLevel", "warn"]))
    must(run("node", ["scripts/compress-console.mjs"]))
  })
}

const commands = {
  install: () => 0,
  build: () => (build(), 0),
  demo: (args) => (build(), run("node", ["dist/main.js", "demo", ...args])),
  bench: (args) => (build(), run("node", ["bench/main.ts", ...args])),
  screenshots: (args) => (build(), run("node", ["scripts/Screenshots.ts", ...args])),
  dev: (args) => run("node", ["--watch", "src/main.ts", ...args]),
  test: (args) => (build(), run("vitest", ["run", ...args])),
  live: (args) => run("node", ["test/contract/live/main.ts", ...args]),
  mutants: (args) => run("node", ["test/contract/mutants/main.ts", ...args]),
  // Perhaps a database, perhaps words of the name of a death (test/faults/CrashSelection.ts).
  faults: (args) =>
    run("vitest", ["run", "test/faults", "--disableConsoleIntercept"], {
      env: { RUNNERD_TEST_FAULTS: args.join(" ") }
    }),
  // Perhaps how many requests, perhaps a seed to send them by again (test/fuzz/Fuzz.test.ts).
  fuzz: (args) =>
    run("vitest", ["run", "test/fuzz", "--silent"], {
      env: { RUNNERD_TEST_FUZZ: args.length === 0 ? "20000" : args.join(" ") }
    }),
  // lock, build, list or smoke, and its arguments (docs/templates.md).
  template: (args) => run("node", ["scripts/template/main.ts", ...args]),
  simulation: (args) => run("node", ["test/simulation/main.ts", ...args]),
  check: () => {
    const steps = [
      ["tsc", ["-p", "tsconfig.json"]],
      ["tsc", ["-p", "ui/tsconfig.json"]],
      ["oxlint", ["--type-aware", "--deny-warnings"]],
      ["oxfmt", ["--check", "."]]
    ]
    return Math.max(...steps.map(([command, args]) => run(command, args)))
  },
  // What is made from the code: docs/lifecycle.md, the table of docs/metrics.md, docs/openapi.json, runnerd.schema.json,
  // runnerd.yaml.example.
  docs: () =>
    Math.max(
      ...["Lifecycle", "Metrics", "OpenApi", "ConfigSchema", "ConfigExample"].map((name) =>
        run("node", [`scripts/${name}Document.ts`])
      )
    ),
  assemble: (args) => run("node", ["scripts/assemble.mjs", ...args]),
  // Dockerfile, compose.yaml, manifests and units, as far as they can be judged without what runs them.
  images: () => run("vitest", ["run", "test/package/Image.test.ts", "test/package/Deployment.test.ts"]),
  // Whether this can be released: what is packed, its licences and size, and that it starts as a user would start it.
  release: (args) => {
    build()
    return run("node", ["scripts/ReleaseCheck.ts", ...args]) || run("vitest", ["run", "test/package"])
  },
  fix: () => Math.max(run("oxlint", ["--fix"]), run("oxfmt", ["."]))
}

const [name = "", ...args] = process.argv.slice(2)
const command = commands[name]
if (command === undefined) {
  console.error(`Unknown command "${name}". Known: ${Object.keys(commands).join(", ")}.`)
  process.exit(2)
}
if (!existsSync(join(root, "package-lock.json"))) {
  console.error("Run this from a runnerd checkout.")
  process.exit(2)
}
install()
process.exit(command(args))
