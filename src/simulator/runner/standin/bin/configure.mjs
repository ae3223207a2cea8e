// config.sh: registers the runner with a registration token, or removes it with a remove token.
//
// Answers for: arguments, the messages of the real config.sh, three tries on a broken connection, exit code 1 on refusal.
// Not for JIT configurations (listener.mjs): those need no config.sh, and `remove` does not work on them.
import { hostname } from "node:os"
import { call, disconnect, serverOf } from "./connection.mjs"
import { readOptions } from "./options.mjs"
import { pause } from "./pause.mjs"
import { readConfiguration, removeConfiguration, runnerVersion, writeConfiguration } from "./runnerFiles.mjs"

const tries = 3
const say = (line = "") => process.stdout.write(`${line}\n`)

const fail = (message) => {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

const attempt = async (server, method, token, body) => {
  for (let count = 1; ; count++) {
    try {
      return await call(server, method, "/_runner/registration", { authorization: `RemoteAuth ${token}`, body })
    } catch (error) {
      if (count >= tries) return fail(`An error occurred: ${error.message}`)
      say(`Failed to reach the server: ${error.message}. Try again in 1 second.`)
      await pause(1000)
    }
  }
}

const refused = (method, url, { status, body }) =>
  fail(
    `Http response code: ${status} from '${method} ${new URL(url).origin}/actions/runner-registration'\n${JSON.stringify(body)}\nResponse status code does not indicate success: ${status} (${body.message ?? ""}).`
  )

const register = async (options) => {
  if (readConfiguration() !== null) {
    fail(
      "Cannot configure the runner because it is already configured. To reconfigure the runner, run 'config.cmd remove' or './config.sh remove' first."
    )
  }
  for (const name of ["url", "token"])
    if (!options[name]) fail(`Invalid configuration provided for ${name}. Terminating unattended configuration.`)
  if (!URL.canParse(options.url)) fail("Invalid configuration provided for url. Terminating unattended configuration.")
  say()
  say("# Authentication")
  say()
  const labels = (options.labels ?? "")
    .split(",")
    .map((label) => label.trim())
    .filter((label) => label !== "")
  const defaults = options["no-default-labels"] === true ? [] : ["self-hosted", "Linux", "X64"]
  const answer = await attempt(serverOf(options.url), "POST", options.token, {
    url: options.url,
    runner_event: "register",
    name: options.name || hostname(),
    labels: [...defaults, ...labels],
    group: options.runnergroup ?? "",
    ephemeral: options.ephemeral === true,
    replace: options.replace === true,
    work: options.work ?? "_work",
    version: runnerVersion
  })
  if (answer.status !== 201) refused("POST", options.url, answer)
  say("√ Connected to GitHub")
  say()
  say("# Runner Registration")
  say()
  writeConfiguration(answer.body.files)
  say("√ Runner successfully added")
  say("√ Runner connection is good")
  say()
  say("# Runner settings")
  say()
  say("√ Settings Saved.")
  say()
}

const remove = async (options) => {
  say("# Runner removal")
  say()
  const configuration = readConfiguration()
  if (configuration === null) return say("Does not exist. Skipping Removing .runner")
  if (configuration.jitConfig === true) fail("Cannot remove a runner that was made by a just-in-time configuration.")
  const url = configuration.gitHubUrl
  const body = { url, id: configuration.agentId, runner_event: "remove" }
  const answer = await attempt(configuration.serverUrl, "DELETE", options.token ?? "", body)
  if (answer.status !== 204) refused("DELETE", url, answer)
  say("√ Runner removed successfully")
  removeConfiguration()
  say("√ Removed .credentials")
  say("√ Removed .runner")
}

const { command, options } = readOptions(process.argv.slice(2))
if (command === "remove") await remove(options)
else await register(options)
disconnect()
