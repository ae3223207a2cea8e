// The package as a user gets it: made by `npm pack`, installed by npm.
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"

const execute = promisify(execFile)

export interface Packed {
  /** The tarball. */
  readonly file: string
  /** The paths of the files inside. */
  readonly paths: ReadonlyArray<string>
  /** Of the tarball, in bytes. */
  readonly size: number
  /** Of the files inside, in bytes. */
  readonly unpackedSize: number
}

interface PackedByNpm {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: ReadonlyArray<{ readonly path: string }>
}

/** In bytes. What runnerd needs beside it (its dependencies) is not in it. */
export const bounds = { size: 2_000_000, unpackedSize: 5_000_000 } as const

export const sizeProblems = ({ size, unpackedSize }: Packed): ReadonlyArray<string> => [
  ...(size > bounds.size ? [`The package has ${size} bytes, more than ${bounds.size}.`] : []),
  ...(unpackedSize > bounds.unpackedSize
    ? [`Its files have ${unpackedSize} bytes, more than ${bounds.unpackedSize}.`]
    : [])
]

/** Builds first what is stale. `root`: the checkout. `destination`: a folder for the tarball. */
export const pack = async (root: string, destination: string): Promise<Packed> => {
  const args = ["pack", "--json", "--foreground-scripts=false", "--pack-destination", destination]
  const { stdout } = await execute("npm", args, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  const [packed] = JSON.parse(stdout) as ReadonlyArray<PackedByNpm>
  if (packed === undefined) throw new Error(`npm pack said nothing of a package: ${stdout}`)
  const { filename, size, unpackedSize, files } = packed
  return { file: join(destination, filename), paths: files.map(({ path }) => path), size, unpackedSize }
}
