import { embeddedPostgres } from '../../../../test/support/postgres-server.ts';
import { describeContractOn } from './postgres/describe-on.ts';

describeContractOn('PostgreSQL 18', embeddedPostgres());

/** The folder with the programs of one more PostgreSQL, of whatever version. */
const another = process.env.TEST_POSTGRES;
if (another !== undefined) describeContractOn(`PostgreSQL in ${another}`, another);
