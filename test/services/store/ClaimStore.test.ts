import { sqliteInFile, sqliteInMemory } from "../../support/StoreBackends.ts"
import { claimStoreContract } from "../../support/StoreContractClaims.ts"

claimStoreContract(sqliteInMemory)
claimStoreContract(sqliteInFile)
