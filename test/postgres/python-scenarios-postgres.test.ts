import { playAllWithPython } from '../sdk/python-sdk.ts';
import { usePostgres } from '../support/test-database.ts';

usePostgres();
playAllWithPython();
