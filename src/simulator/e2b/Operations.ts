// The names of everything that can be asked of the simulated E2B, by which faults mean it.
//
// Answers for: the list. Gotcha: both generations of a call share a name.
export const operations = [
  "sandbox.create",
  "sandbox.connect",
  "sandbox.list",
  "sandbox.get",
  "sandbox.kill",
  "sandbox.timeout",
  "template.alias",
  "template.get",
  "template.list",
  "process.start",
  "process.connect",
  "process.list",
  "process.signal",
  "process.input",
  "process.closeStdin",
  "files.write",
  "files.read",
  "envd.health",
  "envd.envs"
] as const

export type Operation = (typeof operations)[number]
