import { everyBackend } from "../../support/StoreBackends.ts"
import { searchContract } from "../../support/StoreContractSearch.ts"

for (const backend of everyBackend) searchContract(backend)
