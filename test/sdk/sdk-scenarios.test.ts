import { playAll } from './scenarios.ts';

playAll();
