import { everyBackend } from "../../support/StoreBackends.ts"
import { specStoreContract } from "../../support/StoreContractSpecs.ts"

for (const backend of everyBackend) specStoreContract(backend)
