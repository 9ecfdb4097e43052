/**
 * Where a package comes from, as an in-toto statement with a SLSA provenance predicate
 * (https://slsa.dev/spec/v1.0/provenance): unsigned, to be signed with the release's key.
 */
import { createHash } from 'node:crypto';

/** What the builder did; the form of `externalParameters` and `internalParameters` belongs to this name. */
const BUILD_TYPE = 'urn:kanda:build:npm-package:v1';

export interface Artifact {
  /** Name of the file. */
  readonly name: string;
  readonly content: Buffer;
}

export interface Build {
  /** What was made: the tarball, the bill of materials. */
  readonly artifacts: readonly Artifact[];
  /** The commit, 40 or 64 hexadecimal digits; the tree had no change besides. */
  readonly commit: string;
  /** Where the commit can be had; null when the clone names no remote. */
  readonly repository: string | null;
  readonly packageLock: Buffer;
  readonly nodeVersion: string;
  readonly npmVersion: string;
  /** Such as `linux-x64`. */
  readonly platform: string;
  /** A URI for the machine or service that built it. */
  readonly builder: string;
  /** A name for this build alone. */
  readonly invocation: string;
  readonly startedOn: Date;
  readonly finishedOn: Date;
}

/** The statement, ready to be written as JSON. */
export function statementOf(build: Build) {
  const uri = build.repository === null ? {} : { uri: `git+${build.repository}@${build.commit}` };
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: build.artifacts.map(({ name, content }) => ({ name, digest: { sha256: sha256(content) } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { source: { ...uri, digest: { gitCommit: build.commit } } },
        internalParameters: { node: build.nodeVersion, npm: build.npmVersion, platform: build.platform },
        resolvedDependencies: [
          { name: 'source', ...uri, digest: { gitCommit: build.commit } },
          { name: 'package-lock.json', digest: { sha256: sha256(build.packageLock) } },
        ],
      },
      runDetails: {
        builder: { id: build.builder, version: { node: build.nodeVersion, npm: build.npmVersion } },
        metadata: {
          invocationId: build.invocation,
          startedOn: build.startedOn.toISOString(),
          finishedOn: build.finishedOn.toISOString(),
        },
      },
    },
  };
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
