#!/usr/bin/env node
// The executable.
//
// Answers for: saying in one line that this Node.js is too old, and which runnerd this is. Everything else is Cli.ts.
// Gotchas: nothing is imported statically, because what is imported may not even load on an old Node.js; and the version
// is told without the command line, which takes ten times as long to load.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`runnerd needs Node.js 22.19 or newer; this is v${process.versions.node}\n`)
  process.exitCode = 2
} else if (process.argv.length === 3 && process.argv[2] === "--version") {
  const { version } = await import("./services/Version.ts")
  process.stdout.write(`runnerd v${version}\n`)
} else {
  const { loading } = await import("./Loading.ts")
  const { main } = await loading(() => import("./Cli.ts"))
  main()
}
