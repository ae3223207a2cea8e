// The executable.
//
// Answers for: saying in one line that this Node.js is too old. Everything else is Cli.ts.
// Gotcha: nothing is imported statically, because what is imported may not even load on an old Node.js.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`runnerd needs Node.js 22.19 or newer; this is v${process.versions.node}\n`)
  process.exitCode = 2
} else {
  const { main } = await import("./Cli.ts")
  main()
}
