import { playAllInGo } from '../sdk/go-scenarios.ts';
import { usePostgres } from '../support/test-database.ts';

usePostgres();
playAllInGo();
