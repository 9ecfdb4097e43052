import { withGo } from '../sdk/go-program.ts';
import { playAllInGo } from '../sdk/go-scenarios.ts';
import { usePostgres } from '../support/test-database.ts';

usePostgres();
withGo(playAllInGo);
