// Whether runnerd may be handed on with everything in it: the packages that are installed with it, and those that the build
// put into the console.
//
// Answers for: the licences that are accepted, and who has another one. spdx-satisfies reads the expressions
// ("(MIT OR GPL-3.0)" is fine, "MIT AND GPL-3.0" is not), as the SPDX specification defines them.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import satisfies from "spdx-satisfies"

/** They let anybody use, change and pass on, and ask for no more than that their notice stays. */
export const accepted = ["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]

export interface LicensedPackage {
  readonly name: string
  readonly version: string
  /** As its package.json says; undefined when it says nothing that is understood. */
  readonly licence: string | undefined
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: unknown
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>
}

/** The folders, below `root`, of what `npm ci --omit=dev` installs; what is optional and not for this Node.js is not there. */
const productionFolders = (root: string): ReadonlyArray<string> => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lockfile
  return Object.entries(packages).flatMap(([path, { dev, optional }]) =>
    path === "" || dev === true || (optional === true && !existsSync(join(root, path))) ? [] : path
  )
}

export const installedPackages = (root: string): ReadonlyArray<LicensedPackage> =>
  productionFolders(root).map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest
    const { name, version, license } = manifest
    return { name, version, licence: typeof license === "string" ? license : undefined }
  })

/** `licenses`: what vite wrote beside the console, with a heading `## name - version (licence)` for each package. */
export const bundledPackages = (licenses: string): ReadonlyArray<LicensedPackage> =>
  [...licenses.matchAll(/^## (\S+) - (\S+)(?: \((.+)\))?$/gm)].map(([, name = "", version = "", licence]) => ({
    name,
    version,
    licence
  }))

const isAccepted = (licence: string): boolean => {
  try {
    return satisfies(licence, accepted)
  } catch {
    // No SPDX expression, such as "SEE LICENSE IN …".
    return false
  }
}

export const licenceProblems = (packages: ReadonlyArray<LicensedPackage>): ReadonlyArray<string> =>
  packages
    .filter(({ licence }) => licence === undefined || !isAccepted(licence))
    .map(({ name, version, licence }) => `${name} ${version}: ${licence ?? "no licence is named"}`)
