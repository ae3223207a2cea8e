// The listener's session: how it is opened, and every way in which GitHub refuses one.
//
// Answers for: the real runner's words and exit codes for a refusal. Taken from the real runner's source are the words, that
// a conflict is tried again each 30 s for 4 minutes, and the codes; unverified is that a clock which is wrong is tried
// again in the same pace, for 30 minutes.
import { pause } from "./pause.mjs"
import { removeConfiguration, runnerVersion } from "./runnerFiles.mjs"
import { say, sayError } from "./terminal.mjs"

const retryMillis = 30_000
const conflictTries = 8
const clockTries = 60

export const terminated = 1
const sessionConflict = 5
const versionDeprecated = 7

/** The registration is gone: says so, cleans up after an ephemeral runner, and returns the exit code. */
export const registrationGone = (configuration) => {
  if (configuration.ephemeral) {
    say("The runner no longer exists on the server. Cleaning up local configuration.")
    removeConfiguration()
  }
  sayError(
    "The runner registration has been deleted from the server, please re-configure. Runner registrations are automatically deleted for runners that have not connected to the service recently."
  )
  return terminated
}

const returnsVersionDeprecated = () => process.env.ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE === "1"

/**
 * Resolves { id, misbehaviour }, or { exitCode } when the listener has to end. `post` sends the request again and again while
 * GitHub cannot be reached, and resolves null when the listener is to stop.
 */
export const openSession = async ({ post, configuration, stopping }) => {
  for (let count = 1; ; count++) {
    // GitHub compares this time with its own, as it does with that of the real runner's tokens.
    const answer = await post({ version: runnerVersion, now: Date.now() })
    if (answer === null) return { exitCode: 0 }
    if (answer.status === 201) return answer.body
    if (answer.status === 409) {
      sayError("A session for this runner already exists.")
      if (count >= conflictTries) return { exitCode: sessionConflict }
    } else if (answer.status === 400) {
      sayError(
        "The local machine's clock may be out of sync with the server time by more than five minutes. Please sync your clock with your domain or internet time and try again."
      )
      if (count >= clockTries) return { exitCode: terminated }
    } else if (answer.status === 403) {
      // The real runner's own spelling.
      sayError(`An error occured: ${answer.body.message}`)
      return { exitCode: returnsVersionDeprecated() ? versionDeprecated : terminated }
    } else return { exitCode: registrationGone(configuration) }
    await pause(retryMillis, stopping)
  }
}
