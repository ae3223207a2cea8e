// The files beside run.sh that make a configured runner.
//
// Answers for: writing, reading and removing .runner, .credentials and .credentials_rsaparams, and reading .env.
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const runnerVersion = "2.336.0"

const configured = [".runner", ".credentials", ".credentials_rsaparams"]

/** `files`: content by name. Only the names that a configuration has are written. */
export const writeConfiguration = (files) => {
  for (const name of configured) {
    if (files[name] !== undefined) writeFileSync(join(root, name), files[name], { mode: 0o600 })
  }
}

/** base64 of JSON {name: base64 of content}, as generate-jitconfig answers it. */
export const writeJitConfiguration = (encoded) => {
  const files = JSON.parse(Buffer.from(encoded, "base64").toString("utf8"))
  const decoded = Object.entries(files).map(([name, content]) => [
    name,
    Buffer.from(content, "base64").toString("utf8")
  ])
  writeConfiguration(Object.fromEntries(decoded))
}

/** The settings and the runner's token, or null when this runner is not configured. */
export const readConfiguration = () => {
  try {
    const settings = JSON.parse(readFileSync(join(root, ".runner"), "utf8"))
    const credentials = JSON.parse(readFileSync(join(root, ".credentials"), "utf8"))
    return { ...settings, token: credentials.data.token }
  } catch {
    return null
  }
}

export const removeConfiguration = () => {
  for (const name of configured) rmSync(join(root, name), { force: true })
}

/** Adds the lines KEY=value of `.env` to the environment, as the real listener does at its start. */
export const loadEnvironmentFile = () => {
  let text
  try {
    text = readFileSync(join(root, ".env"), "utf8")
  } catch {
    return
  }
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=")
    if (equals > 0) process.env[line.slice(0, equals).trim()] = line.slice(equals + 1)
  }
}
