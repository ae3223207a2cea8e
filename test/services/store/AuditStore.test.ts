import { everyBackend } from "../../support/StoreBackends.ts"
import { auditStoreContract } from "../../support/StoreContractAudit.ts"

for (const backend of everyBackend) auditStoreContract(backend)
