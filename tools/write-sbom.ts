/** Writes the software bill of materials, which git ignores: `npm run sbom`. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeSbom } from './sbom.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sbom = makeSbom(root);
writeFileSync(join(root, 'sbom.cdx.json'), `${JSON.stringify(sbom, null, 2)}\n`);
console.log(`sbom.cdx.json: ${sbom.bomFormat} ${sbom.specVersion}, ${sbom.components.length} packages`);
