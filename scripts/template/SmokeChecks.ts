// What must be true in a sandbox made from a template, so that runnerd can run jobs in it.
//
// Answers for: the commands, what their output says, and what to do when it says no. Not for running them (SmokeCommand.ts).
// Gotcha: a server that plays a sandbox in a folder sets SANDBOX_ROOT to that folder; in a real sandbox it is unset.
import type { TemplateFolder } from "./TemplateFolder.ts"
import { isOlder, oldestRunner, withVersion } from "./TemplateFolder.ts"

export interface Output {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** Seconds since 1970 before and after, by our clock. */
  readonly startedAt: number
  readonly endedAt: number
}

/** `problem`: undefined when all is well. */
export interface Verdict {
  readonly shown: string
  readonly problem?: string
}

export interface SmokeCheck {
  readonly name: string
  /** A bash script, run as the sandbox's default user. */
  readonly command: string
  readonly judge: (output: Output) => Verdict
  readonly remedy: string
}

const prelude = [
  'export TEMPLATE_ROOT="${SANDBOX_ROOT-}"',
  'export PATH="$TEMPLATE_ROOT/usr/local/go/bin:$TEMPLATE_ROOT/usr/local/bin:$PATH"',
  'runner="$TEMPLATE_ROOT/opt/actions-runner"',
  ""
].join("\n")

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? ""

const ended = ({ exitCode, stdout, stderr }: Output): string =>
  `it ended with ${exitCode}: ${firstLine(stderr) || firstLine(stdout) || "without a word"}`

/** Well when the command ends with 0 and `problem` finds none. */
const check = (
  name: string,
  command: string,
  remedy: string,
  problem: (output: Output) => string | undefined = () => undefined,
  shown: (output: Output) => string = ({ stdout }) => firstLine(stdout)
): SmokeCheck => ({
  name,
  command: prelude + command,
  remedy,
  judge: (output) => {
    const found = output.exitCode === 0 ? problem(output) : ended(output)
    return { shown: shown(output), ...(found === undefined ? {} : { problem: found }) }
  }
})

/** Beyond five minutes the runner refuses to work; a resumed picture of a machine begins with an old clock. */
const mostSecondsOff = 30

const secondsOff = ({ stdout, startedAt, endedAt }: Output): number => {
  const told = Number(stdout)
  return told < startedAt ? startedAt - told : Math.max(told - endedAt, 0)
}

const user = check(
  "user",
  'id -un && id -Gn && sudo -n true && [ -w "$HOME" ]',
  "jobs run as `user`, who needs sudo without a password and a home of its own: templates/shared/user.sh",
  ({ stdout }) => {
    const [name = "", groups = ""] = stdout.trim().split("\n")
    if (name !== "user") return `commands run as ${name}, not as user`
    return groups.split(" ").includes("docker") ? undefined : "user is not in the group docker"
  }
)

const runner = (version: string) =>
  check(
    "runner",
    '[ -f "$runner/config.sh" ] && [ -f "$runner/run.sh" ] && "$runner/bin/Runner.Listener" --version',
    "the Actions runner must be in /opt/actions-runner, of the version in templates/runner-version: build the template again",
    ({ stdout }) => {
      const found = stdout.trim()
      if (isOlder(found, oldestRunner)) return `GitHub registers no runner before ${oldestRunner}, this is ${found}`
      return found === version ? undefined : `it is ${found}, expected ${version}`
    }
  )

const unregistered = check(
  "unregistered",
  'cd "$runner" && for file in .runner .credentials .credentials_rsaparams; do [ ! -e "$file" ] || { echo "$file" >&2; exit 1; }; done',
  "a registration in the template would be every sandbox's: build the template again from unchanged stages",
  undefined,
  () => "no registration in the template"
)

const docker = check(
  "docker",
  '"$TEMPLATE_ROOT/usr/local/bin/ensure-docker" && docker info --format "server {{.ServerVersion}}, cgroup v{{.CgroupVersion}}, {{.Driver}}"',
  "see the end of /var/log/dockerd.log above; ensure-docker starts the daemon: templates/shared/ensure-docker",
  ({ stdout, stderr }) => (stdout.includes("server ") ? undefined : `Docker does not answer: ${firstLine(stderr)}`)
)

const clock = check(
  "clock",
  "date +%s",
  "the runner does not work with a clock that is more than five minutes off: report it to E2B",
  (output) => {
    const off = secondsOff(output)
    return off <= mostSecondsOff ? undefined : `the clock is ${off} seconds off`
  },
  (output) => `${secondsOff(output)} seconds off`
)

const network = check(
  "network",
  "curl --silent --show-error --output /dev/null --max-time 30 --write-out '%{http_code}' https://api.github.com/",
  "the sandbox must reach api.github.com: look at the network rules of the team or the spec",
  undefined,
  ({ stdout }) => `api.github.com answers ${stdout}`
)

/** Ends with 2 when the runner brings no Node.js along, which is wrong in any case. */
const runJavascript = [
  'set -- "$runner"/externals/node*/bin/node',
  '[ -e "$1" ] || { echo "no Node.js in $runner/externals" >&2; exit 2; }',
  'for node in "$@"; do "$node" --version || exit 1; done'
].join("\n")

const javascript = check(
  "javascript",
  runJavascript,
  "the runner's own Node.js does not run on this system, so no JavaScript action does, actions/checkout included: " +
    'say "javascriptActions": false in template.json if that is meant, and see the README of qbox-kodo-ubuntu-16.04',
  undefined,
  ({ stdout }) => stdout.trim().split("\n").join(", ")
)

/** Where it is known that the runner's Node.js cannot run, that is said and is no failure. */
const withoutJavascript: SmokeCheck = {
  ...javascript,
  judge: (output) =>
    output.exitCode === 2
      ? javascript.judge(output)
      : {
          shown:
            output.exitCode === 0
              ? `${firstLine(output.stdout)}: it runs after all, javascriptActions can be true in template.json`
              : "JavaScript actions do not run here, as the README of this template says"
        }
}

const tools = ({ software, downloads }: TemplateFolder): ReadonlyArray<SmokeCheck> =>
  software.map(({ name, command, download }) => {
    const version = download === undefined ? "" : (downloads[download]?.version ?? "")
    return check(
      name,
      withVersion(command, version),
      "a program is missing or is another version: build the template again",
      ({ stdout, stderr }) =>
        `${stdout}${stderr}`.includes(version) ? undefined : `it says "${firstLine(stdout)}", expected ${version}`,
      ({ stdout, stderr }) => firstLine(stdout) || firstLine(stderr)
    )
  })

/** In the order in which they are run. */
export const smokeChecks = (template: TemplateFolder): ReadonlyArray<SmokeCheck> => [
  user,
  clock,
  network,
  runner(template.downloads["actions-runner"]?.version ?? ""),
  unregistered,
  template.javascriptActions ? javascript : withoutJavascript,
  docker,
  ...tools(template)
]
