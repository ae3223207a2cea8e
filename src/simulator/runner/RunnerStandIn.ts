// The stand-in for the GitHub Actions runner, as a directory that can be put into a sandbox.
//
// Answers for: copying it. What it does is in standin/: config.sh, run.sh and plain JavaScript without dependencies, because
// it must run wherever it is copied to. Gotcha: the build copies standin/ beside the compiled file, so both places work.
import { chmodSync, cpSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The version that the stand-in reports, that of the real runner after which it was made. */
export const standInVersion = "2.336.0"

/**
 * Makes `directory` (created when missing) a runner that is not configured yet, as the archive of the real runner does.
 * It runs with the node binary that the environment variable RUNNER_STANDIN_NODE names, else with `node` on the PATH.
 */
export const installRunnerStandIn = (directory: string): void => {
  cpSync(fileURLToPath(new URL("./standin/", import.meta.url)), directory, { recursive: true })
  for (const script of ["config.sh", "run.sh"]) chmodSync(join(directory, script), 0o755)
}
