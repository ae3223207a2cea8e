import { sqliteInFile, sqliteInMemory } from "../../support/StoreBackends.ts"
import { requestStoreContract } from "../../support/StoreContractRequests.ts"

requestStoreContract(sqliteInMemory)
requestStoreContract(sqliteInFile)
