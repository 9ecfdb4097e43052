import { offerKey } from './key-offer.ts';
import { showLiveCode } from './live-code.ts';
import { enhancePage } from './page.ts';

showLiveCode();
offerKey(await enhancePage());
