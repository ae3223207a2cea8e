// docs/openapi.json: the description of the API, made from the contracts in src/http/api.
//
// `npm run docs` writes it; test/OpenApiDocument.test.ts fails when it is out of date.
import * as OpenApi from "effect/http-api/OpenApi"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Api } from "../src/http/api/Api.ts"

export const openApiDocument = (): string => `${JSON.stringify(OpenApi.fromApi(Api), null, 2)}\n`

const file = fileURLToPath(new URL("../docs/openapi.json", import.meta.url))

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, openApiDocument())
