import { sqliteInFile, sqliteInMemory } from "../../support/StoreBackends.ts"
import { retentionContract } from "../../support/StoreContractRetention.ts"

retentionContract(sqliteInMemory)
retentionContract(sqliteInFile)
