// What Linux says of a process, from /proc.
import { readFileSync } from "node:fs"

/** USER_HZ, the unit of the times in /proc/<pid>/stat, is 100 on every Linux that Node.js supports. */
const tickMillis = 10

/** Processor time used so far, in user and kernel mode, by all threads. */
export const cpuMillis = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
  return (Number(fields[11]) + Number(fields[12])) * tickMillis
}

const memory = (pid: number, field: "VmRSS" | "VmHWM"): number =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

export const residentMiB = (pid: number): number => memory(pid, "VmRSS")

/** The most that it ever had. */
export const peakResidentMiB = (pid: number): number => memory(pid, "VmHWM")
