import { withGo } from './go-program.ts';
import { playAllInGo } from './go-scenarios.ts';

withGo(playAllInGo);
