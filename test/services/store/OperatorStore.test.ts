import { sqliteInFile, sqliteInMemory } from "../../support/StoreBackends.ts"
import { operatorStoreContract } from "../../support/StoreContractOperator.ts"

operatorStoreContract(sqliteInMemory)
operatorStoreContract(sqliteInFile)
