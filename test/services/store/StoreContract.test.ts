import { everyBackend } from "../../support/StoreBackends.ts"
import { restContract } from "../../support/StoreContractRest.ts"

for (const backend of everyBackend) restContract(backend)
