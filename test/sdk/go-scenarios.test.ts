import { playAllInGo } from './go-scenarios.ts';

playAllInGo();
