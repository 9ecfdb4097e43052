import { COSIGNATURE, parseVerifierKey } from '@kanda/tlog';
import { WitnessClient } from '../background/witness-client.ts';
import type { WitnessSetting } from '../config/addresses.ts';
import { sha256, verifyEd25519 } from '../crypto/log-signing.ts';

/** The witnesses of the settings. @throws for the operator, when a key is none */
export function witnessClients(settings: readonly WitnessSetting[]): WitnessClient[] {
  return settings.map(({ key, url }) => {
    try {
      return new WitnessClient({
        key: parseVerifierKey(key, sha256, COSIGNATURE),
        url: new URL(url),
        sha256,
        verify: verifyEd25519,
      });
    } catch (cause) {
      throw new Error(`KANDA_CHECKPOINT_WITNESSES (--checkpoint-witnesses): ${(cause as Error).message}`, {
        cause,
      });
    }
  });
}
