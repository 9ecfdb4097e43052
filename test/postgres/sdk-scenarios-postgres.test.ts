import { playAll } from '../sdk/scenarios.ts';
import { usePostgres } from '../support/test-database.ts';

usePostgres();
playAll();
