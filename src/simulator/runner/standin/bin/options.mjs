// The arguments of config.sh and run.sh.
//
// Answers for: `--name value`, `--flag`, and the form ACTIONS_RUNNER_INPUT_<NAME>; an argument wins over the environment.
// Gotcha: the variables are taken out of the environment at once, so that no job ever sees a token.

const flags = new Set(["ephemeral", "unattended", "replace", "disableupdate", "no-default-labels", "once"])
const prefix = "ACTIONS_RUNNER_INPUT_"

/** Returns { command, options }: options by name without dashes, flags are true. */
export const readOptions = (argv) => {
  const options = {}
  for (const key of Object.keys(process.env)) {
    if (!key.startsWith(prefix)) continue
    const name = key.slice(prefix.length).toLowerCase()
    const known = [...flags].find((flag) => flag.replaceAll("-", "") === name.replaceAll("_", ""))
    if (known === undefined) options[name] = process.env[key]
    else if (/^(true|1|)$/i.test(process.env[key])) options[known] = true
    delete process.env[key]
  }
  let command = ""
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]
    if (!argument.startsWith("--")) {
      command ||= argument
      continue
    }
    const name = argument.slice(2).toLowerCase()
    if (flags.has(name)) options[name] = true
    else options[name] = argv[++index] ?? ""
  }
  return { command, options }
}
