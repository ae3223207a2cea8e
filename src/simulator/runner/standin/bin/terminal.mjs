// What the listener says: on the terminal, and in its own log under _diag.
//
// Answers for: the form of the lines. runnerd reads them (the marker lines begin with the time in UTC), so they are the real
// runner's to the letter.
import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { root } from "./runnerFiles.mjs"

export const diagnostics = join(root, "_diag")
mkdirSync(diagnostics, { recursive: true })

const utc = () =>
  new Date()
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d{3}Z$/, "Z")

const logFile = join(diagnostics, `Runner_${utc().replace(/[-:Z]/g, "").replace(" ", "-")}-utc.log`)

export const say = (line = "") => process.stdout.write(`${line}\n`)

export const sayError = (line) => process.stderr.write(`${line}\n`)

/** A line with the time before it. */
export const marker = (text) => {
  say(`${utc()}: ${text}`)
  appendFileSync(logFile, `[${utc()} INFO Runner] ${text}\n`)
}
