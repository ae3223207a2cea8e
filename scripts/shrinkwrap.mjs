// Puts the lockfile into the package: npm-shrinkwrap.json is the name by which one can be packed, and `npm ci` in the unpacked
// package obeys it. `npm pack` calls this before (write) and after (remove).
// Gotcha: `npm install runnerd-1.2.3.tgz` does not obey it: of what the dependencies depend on it takes the newest that fits.
import { copyFileSync, rmSync } from "node:fs"

const name = "npm-shrinkwrap.json"
if (process.argv[2] === "write") copyFileSync("package-lock.json", name)
else rmSync(name, { force: true })
