// The environment that the steps and hooks of a job see.
//
// Answers for: the GITHUB_* and RUNNER_* variables, the files they name, the work folder's layout. Gotcha: what configured
// the runner (ACTIONS_RUNNER_INPUT_*) is gone from process.env before any job starts, see options.mjs.
import { mkdirSync, writeFileSync } from "node:fs"
import { isAbsolute, join } from "node:path"
import { root, runnerVersion } from "./runnerFiles.mjs"

/** Returns { env, workspace }. Makes the folders and files that the variables name. */
export const jobEnvironment = (order, configuration) => {
  const work = isAbsolute(configuration.workFolder) ? configuration.workFolder : join(root, configuration.workFolder)
  const name = order.repository.split("/")[1] ?? "repository"
  const workspace = join(work, name, name)
  const temp = join(work, "_temp")
  const commands = join(temp, "_runner_file_commands")
  const events = join(temp, "_github_workflow")
  for (const folder of [commands, events, join(work, "_tool")]) mkdirSync(folder, { recursive: true })
  const eventPath = join(events, "event.json")
  writeFileSync(eventPath, JSON.stringify({ repository: { full_name: order.repository } }))
  const files = {}
  for (const key of ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"]) {
    files[key] = join(commands, `${key.toLowerCase()}_${order.id}`)
    writeFileSync(files[key], "")
  }
  const env = {
    ...process.env,
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTOR: "octocat",
    GITHUB_API_URL: configuration.serverUrl,
    GITHUB_EVENT_NAME: order.event,
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_JOB: order.key,
    GITHUB_REF: `refs/heads/${order.headBranch}`,
    GITHUB_REF_NAME: order.headBranch,
    GITHUB_REPOSITORY: order.repository,
    GITHUB_REPOSITORY_OWNER: order.repository.split("/")[0],
    GITHUB_RUN_ATTEMPT: String(order.runAttempt),
    GITHUB_RUN_ID: String(order.runId),
    GITHUB_RUN_NUMBER: String(order.runNumber),
    GITHUB_SERVER_URL: configuration.serverUrl,
    GITHUB_SHA: order.headSha,
    GITHUB_WORKFLOW: order.workflow,
    GITHUB_WORKSPACE: workspace,
    RUNNER_ARCH: "X64",
    RUNNER_ENVIRONMENT: "self-hosted",
    RUNNER_NAME: configuration.agentName,
    RUNNER_OS: "Linux",
    RUNNER_TEMP: temp,
    RUNNER_TRACKING_ID: `github_${order.id}_${order.runAttempt}_${process.pid}`,
    RUNNER_TOOL_CACHE: join(work, "_tool"),
    RUNNER_VERSION: runnerVersion,
    RUNNER_WORKSPACE: join(work, name),
    ...files
  }
  return { env, workspace }
}
