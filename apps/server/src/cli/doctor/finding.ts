export { type Finding, fine, look, problem } from '../../domain/operator/finding.ts';
