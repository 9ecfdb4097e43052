import { describeStoreContract } from './contract.ts';
import { SqliteDatabase } from './sqlite/sqlite-database.ts';

describeStoreContract('the SQLite store', async () => new SqliteDatabase());
