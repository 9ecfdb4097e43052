import { playAllWithPython } from './python-sdk.ts';

playAllWithPython();
