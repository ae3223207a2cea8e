import { sqliteInFile, sqliteInMemory } from "../../support/StoreBackends.ts"
import { demandContract } from "../../support/StoreContractDemand.ts"

demandContract(sqliteInMemory)
demandContract(sqliteInFile)
