// What `runnerd init` says when it is done: what was written, and what is left to do.
//
// Answers for: the words. No secret is in them, only where it is.
import { neededForGroups, neededPermissions, permissionList, usedEvents } from "../domain/GitHubAppNeeds.ts"
import type { Answers } from "./Answers.ts"
import type { UsedFile } from "./WrittenFiles.ts"

export interface Done {
  readonly answers: Pick<Answers, "gitHub" | "publicUrl" | "listen" | "repositories">
  /** What this was called as. */
  readonly command: string
  /** As it was named on the command line. */
  readonly configFile: string
  readonly written: ReadonlyArray<{ readonly path: string; readonly about: string }>
  /** What was there, and says what it shall. */
  readonly used: ReadonlyArray<UsedFile>
  readonly copies: ReadonlyArray<string>
  readonly webhookSecretFile: string
  readonly adminTokenFile: string
  /** Where an App that was just made is installed; undefined: none was. */
  readonly installUrl: string | undefined
}

const events = usedEvents.map((event) => event.replace("_", " ")).join(" and ")

const gitHubSteps = ({ answers, installUrl, webhookSecretFile }: Done): ReadonlyArray<string> => {
  if (installUrl !== undefined) return [`Install the App where its jobs are: ${installUrl}`]
  const url = `${answers.publicUrl ?? "https://YOUR-HOST"}/webhooks/github`
  const webhook = `URL ${url}, content type application/json, events ${events}, the secret from ${webhookSecretFile}`
  if (answers.gitHub._tag === "Token") return [`At GitHub, add a webhook to the repository or organisation: ${webhook}`]
  return [
    `In the App's settings, the webhook: ${webhook}`,
    `Its permissions: ${permissionList(neededPermissions)}; for runner groups also ${permissionList(neededForGroups)}`,
    "Install it where its jobs are"
  ]
}

/** As one word of a command. */
const inShell = (path: string) => (/^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)

/** `script`: what Node runs. Installed, it is a link with the command's name. */
export const calledAs = (script: string) =>
  /(?:^|[\\/])main\.[jt]s$/.test(script) ? `node ${inShell(script)}` : "runnerd"

/** Where a browser on this machine finds the console. */
const consoleUrl = (listen: string) => {
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(listen) ?? []
  const everywhere = host === "" || host === "0.0.0.0" || host === "[::]"
  return `http://${everywhere ? "127.0.0.1" : host}:${port}/admin/`
}

export const nextSteps = (done: Done): string => {
  const { adminTokenFile, answers, command, configFile, copies, used, written } = done
  const option = configFile === "runnerd.yaml" ? "" : ` --config ${inShell(configFile)}`
  const widest = Math.max(...[...written, ...used].map(({ path }) => path.length))
  const listed = (path: string, about: string) => `  ${path.padEnd(widest)}  ${about}`.trimEnd()
  const steps = [
    ...gitHubSteps(done),
    ...(answers.repositories.length === 0
      ? ["Jobs of all repositories that GitHub tells of get runners: github.allowed_repositories lets in fewer"]
      : []),
    "From outside, let only /webhooks/github be reached: docs/operators.md#secure",
    `${command} check-config${option}`,
    `${command} doctor${option}`,
    `${command}${option}`,
    `Open ${consoleUrl(answers.listen)} with the token from ${adminTokenFile}, and make a runner spec`
  ]
  return [
    "Written, for you alone to read:",
    ...written.map(({ about, path }) => listed(path, about)),
    ...(used.length === 0 ? [] : ["Used as they are:"]),
    ...used.map(({ othersCanRead, path }) =>
      listed(path, othersCanRead ? `others can read it: chmod 600 ${inShell(path)}` : "")
    ),
    ...copies.map((copy) => `A copy of what was there: ${copy}`),
    "",
    "What is left to do:",
    ...steps.map((step, index) => `  ${index + 1}. ${step}`)
  ].join("\n")
}
