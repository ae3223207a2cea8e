import { everyBackend } from "../../support/StoreBackends.ts"
import { manualStoreContract } from "../../support/StoreContractManual.ts"

for (const backend of everyBackend) manualStoreContract(backend)
