import { everyBackend } from "../../support/StoreBackends.ts"
import { requestStoreContract } from "../../support/StoreContractRequests.ts"

for (const backend of everyBackend) requestStoreContract(backend)
