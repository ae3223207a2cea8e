// Prints the types that openapi-typescript makes of docs/openapi.json. Run by the test, in a process of its own.
//
// Gotcha: openapi-typescript writes types by the compiler interface that TypeScript had up to version 6, and takes it from
// `typescript`, which is 7 here; it is given the one inside @ts-morph/common instead.
import { registerHooks } from "node:module"

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === "typescript" ? "@ts-morph/common/dist/typescript.js" : specifier, context)
})

const { astToString, default: typesOf } = await import("openapi-typescript")

process.stdout.write(astToString(await typesOf(new URL("../../docs/openapi.json", import.meta.url))))
