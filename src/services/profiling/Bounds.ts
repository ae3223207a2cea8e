// What can be asked of a profile, alike for the listener and the command line, which loads neither Node's inspector nor a server.

/** What `runnerd profile` fetches. */
export const subjects = ["cpu", "allocs", "heap", "counters", "all"] as const
export type Subject = (typeof subjects)[number]

/** How long a process is watched. */
export const usualSeconds = 30
export const longestSeconds = 300
