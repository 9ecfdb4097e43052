import { debianPostgres15 } from '../../../../test/support/postgres-server.ts';
import { describeContractOn } from './postgres/describe-on.ts';

describeContractOn('PostgreSQL 15', debianPostgres15());
